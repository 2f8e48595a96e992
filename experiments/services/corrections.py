"""Count units again after events were marked invalid, or valid again: those events leave outcomes and pre-periods."""

from collections.abc import Collection, Iterable
from datetime import datetime

from experiments import rules
from experiments.models import Change, CorrectedEvent, Exposure, Outcome, Phase
from experiments.services.exposure import total_before
from experiments.services.outcomes import MeasuredEvent, conversion_key, counts_for
from experiments.services.phase_cache import CachedMetric
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import utc_day
from viral_engine.kernel.models import Delivery, LoggedEvent
from viral_engine.kernel.services import mark_event

CORRECTED_AT_ONCE = 100
UnitEvents = Iterable[tuple[MeasuredEvent, datetime]]  # an event, and the exposure that it counts from


def changed_events(*, counted_by: str) -> list[LoggedEvent]:
    """Events that phases measure and that became invalid, or valid again, since they were last corrected.

    An event that is still on its way to the durable listener `counted_by` waits: it would be counted afterwards.

    Cost  3 queries along the index of invalid events.
    """
    types = {metric["event"] for plan in Phase.objects.values_list("plan", flat=True) for metric in plan["metrics"]}
    known, waiting = (
        CorrectedEvent.objects.values("event_id"),
        Delivery.objects.filter(processed_at=None, listener=counted_by),
    )
    invalid = LoggedEvent.objects.filter(is_invalid=True, type__in=types).exclude(pk__in=known)
    again = LoggedEvent.objects.filter(is_invalid=False, pk__in=known)
    here = invalid.exclude(pk__in=waiting.values("event_id")).order_by("pk")[:CORRECTED_AT_ONCE]
    return [*here, *again.order_by("pk")[:CORRECTED_AT_ONCE]]


def note_corrected(events: Collection[LoggedEvent], at: datetime) -> None:
    """Remember which events are left out now."""
    CorrectedEvent.objects.bulk_create(
        [CorrectedEvent(event_id=event.pk, noticed_at=at) for event in events if event.is_invalid],
        ignore_conflicts=True,
    )
    CorrectedEvent.objects.filter(pk__in=[event.pk for event in events if not event.is_invalid]).delete()


def exposures_measuring(event_type: str, units: Collection[str]) -> list[tuple[Exposure, CachedMetric]]:
    """The exposures of these units, with each metric that counts the event. 1 query."""
    rows = Exposure.objects.filter(unit__in=units).select_related("phase").order_by("pk")
    exposures = rows.select_for_update(of=("self",))  # a delivery that counts now waits, or this waits for it
    return [
        (exposure, CachedMetric(**{name: metric[name] for name in CachedMetric.__slots__}))
        for exposure in exposures
        for metric in exposure.phase.metrics
        if metric["event"] == event_type
    ]


def recount(exposure: Exposure, metric: CachedMetric, events: UnitEvents) -> None:
    """Replace the unit's totals by those of these valid events, and its pre-period by that of the log.

    Cost  4 statements.
    """
    counted = [event for event, since in events if counts_for(exposure, event.at, since=since)]
    started_at = exposure.phase.started_at
    week = max((rules.week_of(event.at, started_at) for event in counted), default=0)
    earlier = [event for event in counted if rules.week_of(event.at, started_at) < week]
    Outcome.objects.update_or_create(
        exposure=exposure,
        metric_id=metric.id,
        defaults={
            "phase_id": exposure.phase_id,
            "arm": exposure.arm,
            "count": len(counted),
            "total": _sum(counted, metric),
            "week": week,
            "count_before_week": len(earlier),
            "total_before_week": _sum(earlier, metric),
            "before": _before(exposure, metric),
            "first_on": min((utc_day(event.at) for event in counted), default=None),
        },
    )
    mark_event(conversion_key(exposure, metric), is_invalid=not counted)


def note_frozen_phases(phases: Collection[Phase], events: int, at: datetime) -> None:
    """Say in the decision log of a judged fixed-size test that its verdict still includes the events."""
    noun = "event was" if events == 1 else "events were"
    note = f"{events} {noun} corrected after the verdict, which keeps its numbers. Restart to measure again."
    for phase in phases:
        if phase.reading is not None:
            Change.objects.create(
                experiment_id=phase.experiment_id, phase=phase, kind=Change.Kind.CORRECTED, note=note, at=at
            )


def _sum(events: Iterable[MeasuredEvent], metric: CachedMetric) -> float:
    return sum(rules.metric_value(event.properties, metric.value_of) for event in events)


def _before(exposure: Exposure, metric: CachedMetric) -> float:
    if not metric.pre_days:
        return 0.0
    user_id = User.objects.filter(person_id=exposure.unit).values_list("pk", flat=True).first()
    return total_before(user_id, metric, exposure.at) if user_id else 0.0
