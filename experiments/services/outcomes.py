"""What exposed units did. Listeners of promised events call it, so each event counts once."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from experiments import rules
from experiments.events import ExperimentConversion
from experiments.models import Exposure, Outcome
from experiments.services.catalog import Counted, Plan, UnknownExperiment, catalog
from viral_engine.kernel.services import announce


def record_event(
    event_type: str, *, persons: Collection[str], trees: Collection[str], properties: Mapping[str, Any], at: datetime
) -> int:
    """Every metric that counts this event has counted it for every exposed unit it belongs to; returns how many.

    The caller holds the transaction and calls once per event. `persons` may hold several ids of one person (the
    guest they were), `trees` the first inviters of the trees the event belongs to.

    Cost      none where nothing counts it; else 2 queries, and 4 statements for each metric that counts.
    Announces ExperimentConversion, once per unit and metric.
    """
    plans = {
        plan.phase_id: plan for plan in catalog().plans.values() if plan.state != "ended" and plan.counting(event_type)
    }
    if not plans:
        return 0
    units = {*persons, *trees} - {""}
    exposures = Exposure.objects.filter(phase_id__in=plans, unit__in=units).select_related("phase")
    return sum(
        _count(exposure, plans[exposure.phase_id], event_type, properties, at)
        for exposure in exposures
        if exposure.unit in (trees if plans[exposure.phase_id].unit == "tree" else persons)
    )


def log_conversion(experiment: str, *, unit: str, event_type: str, at: datetime, value: float | None = None) -> bool:
    """A metric of this experiment has counted one more event of the unit; False where it may not count.

    The arm is found by the exposure. Before it, after the window, in a pause or after the end nothing is counted.

    Raises  UnknownExperiment; ValueError for an event that no metric of it counts.
    """
    plan = catalog().plans.get(experiment)
    if plan is None:
        raise UnknownExperiment(experiment)
    metrics = plan.counting(event_type)
    if not metrics:
        raise ValueError(f"{experiment} has no metric that counts {event_type}")
    properties = {} if value is None else {metric.value_of: value for metric in metrics}
    with transaction.atomic():
        exposure = Exposure.objects.filter(phase_id=plan.phase_id, unit=unit).select_related("phase").first()
        return exposure is not None and bool(_count(exposure, plan, event_type, properties, at))


def _count(exposure: Exposure, plan: Plan, event_type: str, properties: Mapping[str, Any], at: datetime) -> int:
    phase = exposure.phase
    if not rules.counts(
        at, exposed_at=exposure.at, window=plan.window, pauses=phase.all_pauses(), ended_at=phase.ended_at
    ):
        return 0
    metrics = plan.counting(event_type)
    for metric in metrics:
        outcome, _ = Outcome.objects.get_or_create(
            exposure=exposure, metric_id=metric.id, defaults={"phase": phase, "arm": exposure.arm}
        )
        first_on = outcome.first_on or at.date()
        added = rules.value_of(properties, metric.value_of)
        rows = Outcome.objects.filter(pk=outcome.pk)
        rows.update(count=F("count") + 1, total=F("total") + added, first_on=first_on)
        if outcome.count == 0:
            _announce_first(exposure, plan, metric, at)
    return len(metrics)


def _announce_first(exposure: Exposure, plan: Plan, metric: Counted, at: datetime) -> None:
    conversion = ExperimentConversion(
        experiment=plan.experiment, phase=plan.number, arm=exposure.arm, unit=exposure.unit, metric=metric.event
    )
    announce(conversion, at=at, key=f"converted:{exposure.pk}:{metric.id}")


def join_person(*, guest: str, person: str) -> int:
    """A guest turned out to be a member: where the two met different arms both are marked; returns how many phases.

    Cost  1 query; 1 more where arms differ.
    """
    mine: dict[int, dict[str, str]] = {}
    for phase_id, unit, arm in Exposure.objects.filter(unit__in=(guest, person)).values_list("phase_id", "unit", "arm"):
        mine.setdefault(phase_id, {})[unit] = arm
    crossed = [phase_id for phase_id, arms in mine.items() if len(set(arms.values())) > 1]
    if crossed:
        Exposure.objects.filter(phase_id__in=crossed, unit__in=(guest, person)).update(is_crossed=True)
    return len(crossed)
