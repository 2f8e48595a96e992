from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from experiments import rules
from experiments.events import ExperimentExposed
from experiments.models import Exposure, Outcome, PersonExposure, Phase
from experiments.services.assignment import MAX_CACHED_UNITS, Variant
from experiments.services.crossing import identities_of, mark_crossed
from experiments.services.phase_cache import CachedMetric, cached_phases
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import utc_day
from viral_engine.kernel.models import LoggedEvent
from viral_engine.kernel.services import announce

Seen = tuple[int, str, str]  # (phase id, unit, person)
_exposed: OrderedDict[Seen, None] = OrderedDict()  # with a committed exposure


def log_exposure(variant: Variant, at: datetime, *, person: str = "") -> None:
    """Record the unit's first exposure to its arm; a variant that is not enrolled is ignored.

    Call it in the step that uses the arm, in that step's transaction. `person` is the member of a referral tree who
    sees the arm, for the tree's own outcomes count from there; without one it is the tree's first referrer.

    Cost      none on the second call in a process; 9 statements on the first, 3 more per metric with pre-period days.
    Announces ExperimentExposed, once per phase and unit.
    """
    log_exposures([variant], at, person=person)


def log_exposures(variants: Iterable[Variant], at: datetime, *, person: str = "") -> None:
    """As `log_exposure`, for all arms that one step uses."""
    new = [one for one in variants if one.is_enrolled and (one.phase_id, one.unit, person) not in _exposed]
    if new:
        _log(new, at, person)


@transaction.atomic
def _log(variants: list[Variant], at: datetime, person: str) -> None:
    counting = Phase.objects.all().counting().in_bulk([variant.phase_id for variant in variants])
    new_to = defaultdict[str, list[int]](list)
    for variant in variants:
        phase = counting.get(variant.phase_id)
        if phase is not None:
            seen_by = person if person and phase.plan["unit"] == "tree" else variant.unit
            if _log_person(variant, phase, seen_by, at):
                new_to[seen_by].append(phase.pk)
    for seen_by, phases in new_to.items():
        people = identities_of(seen_by)
        if len(people) > 1:
            mark_crossed(people, phases=phases)
    transaction.on_commit(partial(_cache_exposures, variants, set(counting), person))


def _log_person(variant: Variant, phase: Phase, person: str, at: datetime) -> bool:
    """Store when the person first saw their unit's arm; False if they had seen it before."""
    if announce(_event(variant), at=at, key=f"exposed:{variant.phase_id}:{variant.unit}"):
        PersonExposure.objects.create(exposure=_create_exposure(variant, phase, at), person=person, at=at)
        return True
    exposure = Exposure.objects.filter(phase=phase, unit=variant.unit).first()
    if exposure is None:
        return False
    _, is_new = PersonExposure.objects.get_or_create(exposure=exposure, person=person, defaults={"at": at})
    return is_new


def _create_exposure(variant: Variant, phase: Phase, at: datetime) -> Exposure:
    exposure = Exposure.objects.create(
        phase=phase,
        unit=variant.unit,
        arm=variant.arm,
        at=at,
        on=utc_day(at),
    )
    _store_pre_period(exposure, variant.experiment)
    return exposure


def _event(variant: Variant) -> ExperimentExposed:
    return ExperimentExposed(experiment=variant.experiment, phase=variant.number, arm=variant.arm, unit=variant.unit)


def _store_pre_period(exposure: Exposure, experiment: str) -> None:
    """Store the person's totals before exposure, for metrics that use them to reduce variance (CUPED)."""
    plan = cached_phases().plans.get(experiment)
    metrics = [metric for metric in plan.metrics if metric.pre_days] if plan else []
    if not metrics:
        return
    user_id = User.objects.filter(person_id=exposure.unit).values_list("pk", flat=True).first()
    for metric in metrics if user_id else ():
        Outcome.objects.create(
            exposure=exposure,
            metric_id=metric.id,
            phase_id=exposure.phase_id,
            arm=exposure.arm,
            before=total_before(user_id, metric, exposure.at),
        )


def total_before(user_id: int | None, metric: CachedMetric, at: datetime) -> float:
    """The person's total over the days before; as after exposure, a value that is not a number counts 0.

    Cost  1 query for at most 90 days of one person's events of one type.
    """
    events = LoggedEvent.objects.filter(
        actor_id=user_id, type=metric.event, at__gte=at - timedelta(days=metric.pre_days), at__lt=at, is_invalid=False
    )
    if not metric.value_of:
        return float(events.count())
    return sum(rules.metric_value(found, metric.value_of) for found in events.values_list("properties", flat=True))


def _cache_exposures(variants: list[Variant], counting: set[int], person: str) -> None:
    for variant in variants:
        if variant.phase_id in counting:
            _exposed[variant.phase_id, variant.unit, person] = None
    while len(_exposed) > MAX_CACHED_UNITS:
        _exposed.popitem(last=False)


def clear_exposure_cache() -> None:
    """Clear the exposure cache between tests."""
    _exposed.clear()
