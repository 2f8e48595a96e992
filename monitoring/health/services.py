"""The only writers of measurements."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.db import transaction
from django.db.models import F

from monitoring.health import probes, rules
from monitoring.health.agents import PROBED
from monitoring.health.probes import Measurements
from monitoring.health.rules import highest, mean
from monitoring.models import AgentState, FailingJob, HealthCheck, RequestTally
from monitoring.rules import EVERY_S, HOUR_S, REQUESTS_KEPT_FOR_S, AgentHealth


def epoch_after(newest: HealthCheck | None, at: datetime) -> int:
    """The epoch of a check at this instant: the next one when the newest check lies in the future."""
    if newest is None:
        return 0
    return newest.epoch + (rules.freshness(newest.age_s(at)) == "ahead")


def store_check(measured: Measurements, states: dict[str, AgentHealth], epoch: int, at: datetime) -> HealthCheck:
    """Store the check and the state of each agent; 5 statements."""
    slot = rules.slot_of(at)
    answered = RequestTally.objects.all().of_slot(
        slot - timedelta(seconds=EVERY_S)
    )  # this slot is over, so its count is complete
    check = HealthCheck.objects.create(
        epoch=epoch,
        slot=slot,
        at=at,
        decisions_per_s=measured.decisions / rules.WINDOW_S,
        loops_per_s=measured.loops / rules.WINDOW_S,
        latency_avg_ms=measured.of(probes.LEADER).latency_avg_ms,
        latency_p95_ms=measured.latency_p95_ms,
        requests=answered.count,
        errors=answered.errors,
        people=measured.people,
        experiments=measured.experiments,
        queue_depth=measured.queue_depth,
        deliveries_waiting=measured.deliveries_waiting or 0,
        dead_letters=measured.dead_letters or 0,
        failing_agents=sum(state.state == "failing" for state in states.values()),
        database_ms=measured.database_ms,
        redis_ms=measured.redis_ms,
    )
    _store_agents(measured, states, at)
    return check


def _store_agents(measured: Measurements, states: dict[str, AgentHealth], at: datetime) -> None:
    before = {state.name: state for state in AgentState.objects.all()}
    rows = []
    for key, state in states.items():
        known, stats = before.get(key), measured.of(key)
        rows.append(
            AgentState(
                name=key,
                title=PROBED[key].agent.title,
                state=state.state,
                reason=state.reason,
                decisions=stats.decisions,
                degraded=stats.degraded,
                latency_avg_ms=stats.latency_avg_ms,
                probe_ms=measured.probes[key].took_ms,
                since=known.since if known is not None and known.state == state.state else at,
                checked_at=at,
            )
        )
    fields = ["title", "state", "reason", "decisions", "degraded", "latency_avg_ms", "probe_ms", "since", "checked_at"]
    AgentState.objects.bulk_create(rows, update_conflicts=True, unique_fields=["name"], update_fields=fields)
    if gone := before.keys() - states.keys():
        AgentState.objects.filter(name__in=gone).delete()


def count_requests(*, requests: int, errors: int, at: datetime) -> None:
    """Add one process's requests to the slot in which it answered them, and delete slots that no window reaches.

    Cost  2 statements, 2 more for the first of a slot.
    """
    slot = rules.slot_of(at)
    _, is_first = RequestTally.objects.get_or_create(at=slot)
    RequestTally.objects.filter(at=slot).update(requests=F("requests") + requests, errors=F("errors") + errors)
    if is_first:
        RequestTally.objects.filter(at__lt=slot - timedelta(seconds=REQUESTS_KEPT_FOR_S)).delete()


# -- Jobs --------------------------------------------------------------------------------------------------
def note_failure(task: str, error: BaseException, *, at: datetime) -> None:
    """Count one more failure in a row of this task. Cost  2 statements."""
    FailingJob.objects.get_or_create(task=task, defaults={"since": at})
    FailingJob.objects.filter(pk=task).update(failures=F("failures") + 1, error=type(error).__name__[:60])


def note_success(task: str) -> None:
    """End the failures of this task. Cost  1 statement along the primary key."""
    FailingJob.objects.filter(pk=task).delete()


# -- Bounded growth ----------------------------------------------------------------------------------------
def compact_checks(*, at: datetime) -> int:
    """Merge checks older than a day into one mean an hour, delete those of 90 days ago; return how many were merged.

    Cost  4 statements an hour that is merged, 2 in all when none is.
    """
    HealthCheck.objects.filter(slot__lt=at - timedelta(seconds=rules.KEPT_FOR_S)).delete()
    today = datetime.fromtimestamp(
        (at.timestamp() - rules.RAW_FOR_S) // HOUR_S * HOUR_S, tz=at.tzinfo
    )  # only whole hours, or one hour would be merged twice
    old = list(HealthCheck.objects.all().older_than(today).order_by("epoch", "slot"))
    for (epoch, hour), checks in groupby(old, key=lambda check: (check.epoch, _hour_of(check.slot))):
        _merge(epoch, hour, list(checks))
    return len(old)


def _hour_of(slot: datetime) -> datetime:
    return slot.replace(minute=0, second=0, microsecond=0)


@transaction.atomic
def _merge(epoch: int, hour: datetime, checks: Sequence[HealthCheck]) -> None:
    deleted, _ = HealthCheck.objects.filter(pk__in=[check.pk for check in checks]).delete()
    if deleted == len(checks):  # otherwise another process merges the same hour, and the constraint refuses this merge
        HealthCheck.objects.create(epoch=epoch, span_s=HOUR_S, slot=hour, at=checks[-1].at, **_merged(checks))


def _merged(checks: Sequence[HealthCheck]) -> dict[str, float | int | None]:
    """Rates are averaged and requests added up; for queues and failures the worst moment is kept."""
    return {
        "decisions_per_s": mean([check.decisions_per_s for check in checks]),
        "loops_per_s": mean([check.loops_per_s for check in checks]),
        "latency_avg_ms": mean([check.latency_avg_ms for check in checks]),
        "database_ms": mean([check.database_ms for check in checks]),
        "redis_ms": mean([check.redis_ms for check in checks]),
        "took_ms": mean([check.took_ms for check in checks]),
        "requests": sum(check.requests for check in checks),
        "errors": sum(check.errors for check in checks),
        "latency_p95_ms": highest([check.latency_p95_ms for check in checks]),
        "people": highest([check.people for check in checks]),
        "experiments": highest([check.experiments for check in checks]),
        "queue_depth": highest([check.queue_depth for check in checks]),
        "deliveries_waiting": highest([check.deliveries_waiting for check in checks]),
        "dead_letters": highest([check.dead_letters for check in checks]),
        "failing_agents": highest([check.failing_agents for check in checks]),
    }
