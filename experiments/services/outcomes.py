"""Count the events of exposed units. Durable listeners call `record_event`, so that each event counts once."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Greatest

from experiments import rules
from experiments.events import ExperimentConversion
from experiments.models import Exposure, Outcome, PersonExposure, Phase
from experiments.services.crossing import identities_of, mark_crossed
from experiments.services.phase_cache import CachedMetric, CachedPhase, UnknownExperiment
from viral_engine.kernel.clock import utc_day
from viral_engine.kernel.services import announce, mark_event

Trees = Mapping[str, str] | Collection[str]


@dataclass(frozen=True, slots=True)
class MeasuredEvent:
    """One event as experiments count it."""

    type: str
    properties: Mapping[str, Any]
    at: datetime


def record_event(
    event_type: str, *, persons: Collection[str], trees: Trees, properties: Mapping[str, Any], at: datetime
) -> int:
    """Count this event on every metric of every exposed unit it belongs to, and return how many counts were added.

    The caller holds the transaction and calls once per event. `persons` may hold several ids of one person (an
    earlier guest id). `trees` are {first referrer: person it came through}: in a tree the event counts from the
    exposure of that person. A tree without a person counts from the exposure of its first referrer.

    The phases are those the event falls into, not those that run when it is delivered: a delivery may be late.

    Cost      1 query, 1 more for trees, and 4 statements for each metric that counts.
    Announces ExperimentConversion, once per unit and metric.
    """
    through = trees if isinstance(trees, Mapping) else {tree: tree for tree in trees}
    units = {*persons, *through} - {""}
    # Locked, so that a correction, which counts from the log, waits for this transaction.
    found = Exposure.objects.in_phases_at(at).filter(unit__in=units).order_by("pk")
    exposures = list(found.select_for_update(of=("self",)))
    plans = {one.phase_id: CachedPhase.of(one.phase) for one in exposures}
    event = MeasuredEvent(event_type, properties, at)
    starts = exposed_at([one for one in exposures if plans[one.phase_id].unit == "tree"], through)
    starts |= {one.pk: one.at for one in exposures if plans[one.phase_id].unit == "person" and one.unit in persons}
    return sum(
        _count(exposure, plans[exposure.phase_id], event, since=starts[exposure.pk])
        for exposure in exposures
        if exposure.pk in starts
    )


def exposed_at(exposures: Iterable[Exposure], through: Mapping[str, str]) -> dict[int, datetime]:
    """{exposure id: when the person an event came through first saw the tree's arm}. Cost  1 query for trees."""
    trees = {one.pk: through[one.unit] for one in exposures if one.unit in through}
    if not trees:
        return {}
    seen = PersonExposure.objects.filter(exposure_id__in=trees, person__in=set(trees.values()))
    return {one.exposure_id: one.at for one in seen if one.person == trees[one.exposure_id]}


def log_conversion(experiment: str, *, unit: str, event_type: str, at: datetime, value: float | None = None) -> bool:
    """Count one event of the unit on this experiment's metrics; False if it may not count.

    The exposure gives the arm. Nothing counts before it, after the window, in a pause or after the end.

    Raises  UnknownExperiment; ValueError for an event that none of its metrics counts.
    """
    phases = [CachedPhase.of(phase) for phase in Phase.objects.filter(plan__key=experiment)]
    if not phases:
        raise UnknownExperiment(experiment)
    metrics = [metric for phase in phases for metric in phase.counting(event_type)]
    if not metrics:
        raise ValueError(f"{experiment} has no metric that counts {event_type}")
    properties = {} if value is None else {metric.value_of: value for metric in metrics}
    event = MeasuredEvent(event_type, properties, at)
    with transaction.atomic():
        exposure = Exposure.objects.in_phases_at(at).filter(phase__plan__key=experiment, unit=unit).first()
        if exposure is None:
            return False
        return bool(_count(exposure, CachedPhase.of(exposure.phase), event, since=exposure.at))


def counts_for(exposure: Exposure, at: datetime, *, since: datetime) -> bool:
    """Whether an event at `at` counts for the unit from the instant `since`."""
    phase = exposure.phase
    return rules.is_countable(
        at,
        exposed_at=since,
        window=rules.conversion_window(phase.plan),
        pauses=phase.all_pauses(),
        ended_at=phase.ended_at,
        held_out_at=exposure.held_out_at,
    )


def _count(exposure: Exposure, plan: CachedPhase, event: MeasuredEvent, *, since: datetime) -> int:
    if not counts_for(exposure, event.at, since=since):
        return 0
    metrics = plan.counting(event.type)
    for metric in metrics:
        if _add(exposure, metric, event):
            _announce_first(exposure, plan, metric, event.at)
    return len(metrics)


def _add(exposure: Exposure, metric: CachedMetric, event: MeasuredEvent) -> bool:
    """Add the event to the unit's totals; True for its first one.

    A late event of an earlier week adds to the totals before the latest week too.
    """
    week = rules.week_of(event.at, exposure.phase.started_at)
    outcome, _ = Outcome.objects.get_or_create(
        exposure=exposure,
        metric_id=metric.id,
        defaults={"phase_id": exposure.phase_id, "arm": exposure.arm, "week": week},
    )
    added = rules.metric_value(event.properties, metric.value_of)
    Outcome.objects.filter(pk=outcome.pk).update(
        count=F("count") + 1,
        total=F("total") + added,
        count_before_week=_before_week("count", week, 1),
        total_before_week=_before_week("total", week, added),
        week=Greatest(F("week"), week),
        first_on=_earlier("first_on", utc_day(event.at)),
    )
    return outcome.count == 0


def _earlier(field: str, day: date) -> Case:
    """The stored day if it comes first: deliveries arrive in any order, and two may update a row at once."""
    return Case(When(**{f"{field}__lt": day}, then=F(field)), default=Value(day))


def _before_week(name: str, week: int, added: float) -> Case:
    before = F(f"{name}_before_week")
    return Case(When(week__lt=week, then=F(name)), When(week__gt=week, then=before + Value(added)), default=before)


def _announce_first(exposure: Exposure, plan: CachedPhase, metric: CachedMetric, at: datetime) -> None:
    conversion = ExperimentConversion(
        experiment=plan.experiment, phase=plan.number, arm=exposure.arm, unit=exposure.unit, metric=metric.event
    )
    key = conversion_key(exposure, metric)
    if not announce(conversion, at=at, key=key):  # a correction had taken it back
        mark_event(key, is_invalid=False)


def conversion_key(exposure: Exposure, metric: CachedMetric) -> str:
    return f"converted:{exposure.pk}:{metric.id}"


def merge_guest_units(*, guest: str, person: str) -> int:
    """Mark both exposures as crossed where a guest and the member they became saw different arms.

    An exposure that is logged after the log-in is compared when it is logged, so the order does not matter.
    """
    return mark_crossed({guest, person} | identities_of(person))
