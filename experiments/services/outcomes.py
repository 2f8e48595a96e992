"""Count the events of exposed units. Durable listeners call `record_event`, so that each event counts once."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Value, When

from experiments import rules
from experiments.events import ExperimentConversion
from experiments.models import Exposure, Outcome, Phase
from experiments.services.phase_cache import CachedMetric, CachedPhase, UnknownExperiment
from viral_engine.kernel.clock import utc_day
from viral_engine.kernel.services import announce


def record_event(
    event_type: str, *, persons: Collection[str], trees: Collection[str], properties: Mapping[str, Any], at: datetime
) -> int:
    """Count this event on every metric of every exposed unit it belongs to, and return how many counts were added.

    The caller holds the transaction and calls once per event. `persons` may hold several ids of one person (an
    earlier guest id), `trees` the first referrers of the trees the event belongs to.

    The phases are those the event falls into, not those that run when it is delivered: a delivery may be late.

    Cost      1 query, and 4 statements for each metric that counts.
    Announces ExperimentConversion, once per unit and metric.
    """
    units = {*persons, *trees} - {""}
    found = Exposure.objects.in_phases_at(at).filter(unit__in=units)
    seen = [(exposure, CachedPhase.of(exposure.phase)) for exposure in found]
    return sum(
        _count(exposure, plan, event_type, properties, at)
        for exposure, plan in seen
        if exposure.unit in (trees if plan.unit == "tree" else persons)
    )


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
    with transaction.atomic():
        exposure = Exposure.objects.in_phases_at(at).filter(phase__plan__key=experiment, unit=unit).first()
        return exposure is not None and bool(
            _count(exposure, CachedPhase.of(exposure.phase), event_type, properties, at)
        )


def _count(exposure: Exposure, plan: CachedPhase, event_type: str, properties: Mapping[str, Any], at: datetime) -> int:
    phase = exposure.phase
    if not rules.is_countable(
        at, exposed_at=exposure.at, window=plan.window, pauses=phase.all_pauses(), ended_at=phase.ended_at
    ):
        return 0
    metrics = plan.counting(event_type)
    for metric in metrics:
        outcome, _ = Outcome.objects.get_or_create(
            exposure=exposure, metric_id=metric.id, defaults={"phase": phase, "arm": exposure.arm}
        )
        added = rules.metric_value(properties, metric.value_of)
        rows = Outcome.objects.filter(pk=outcome.pk)
        rows.update(count=F("count") + 1, total=F("total") + added, first_on=_earlier("first_on", utc_day(at)))
        if outcome.count == 0:
            _announce_first(exposure, plan, metric, at)
    return len(metrics)


def _earlier(field: str, day: date) -> Case:
    """The stored day if it comes first: deliveries arrive in any order, and two may update a row at once."""
    return Case(When(**{f"{field}__lt": day}, then=F(field)), default=Value(day))


def _announce_first(exposure: Exposure, plan: CachedPhase, metric: CachedMetric, at: datetime) -> None:
    conversion = ExperimentConversion(
        experiment=plan.experiment, phase=plan.number, arm=exposure.arm, unit=exposure.unit, metric=metric.event
    )
    announce(conversion, at=at, key=f"converted:{exposure.pk}:{metric.id}")


def merge_guest_units(*, guest: str, person: str) -> int:
    """Mark both exposures as crossed where a guest and the member they became saw different arms.

    Returns the number of such phases.


    Cost  1 query; 1 more if arms differ.
    """
    arms_by_phase: dict[int, dict[str, str]] = {}
    for phase_id, unit, arm in Exposure.objects.filter(unit__in=(guest, person)).values_list("phase_id", "unit", "arm"):
        arms_by_phase.setdefault(phase_id, {})[unit] = arm
    crossed = [phase_id for phase_id, arms in arms_by_phase.items() if len(set(arms.values())) > 1]
    if crossed:
        Exposure.objects.filter(phase_id__in=crossed, unit__in=(guest, person)).update(is_crossed=True)
    return len(crossed)
