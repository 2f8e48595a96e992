"""The only writers of what was measured."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from time import perf_counter

from django.db import transaction
from django.db.models import F

from experiments.models import Phase
from monitoring.alerts import rules as alert_rules
from monitoring.alerts.rules import Finding
from monitoring.alerts.services import observe, resolve_forgotten
from monitoring.health import measure, rules
from monitoring.health.agents import AGENTS
from monitoring.health.measure import Reading
from monitoring.health.rules import Verdict, Work, highest, judge, mean
from monitoring.models import AgentState, HealthCheck, RequestTally
from viral_engine.kernel.services import claim_slot

TASK = "check_health"


def take_check(*, at: datetime) -> HealthCheck | None:
    """The site was looked at in this slot, once however many beats ask, and alerts say what the look found.

    None when another beat has the slot. A clock that was set back begins a new epoch, whose slots are free again, and
    what was counted ahead of it, in a time that is yet to come, is forgotten.

    Cost  29 statements, ten of them the agents' probes, whatever happened on the site; 3 more for an alert that
          begins, 1 for one that lasts, at most 2 for one that ends; 1 more for a new epoch.
    """
    newest = HealthCheck.objects.newest()
    epoch = epoch_after(newest, at)
    if not claim_slot(TASK, every_s=rules.EVERY_S, at=at, epoch=epoch):
        return None
    started = perf_counter()
    reading = measure.read(at)
    verdicts = {name: judge(work_of(reading, name), reading.answers[name], AGENTS[name].budget_ms) for name in AGENTS}
    with transaction.atomic():
        if newest is not None and epoch != newest.epoch:
            RequestTally.objects.filter(at__gt=at).delete()
        check = _store(reading, verdicts, epoch, at)
        _store_agents(reading, verdicts, at)
        findings = _findings(reading, verdicts, at)
        observe(findings=findings, at=at)
        resolve_forgotten(findings=findings, at=at)
        check.took_ms = (perf_counter() - started) * 1000
        check.save(update_fields=["took_ms"])
    return check


def epoch_after(newest: HealthCheck | None, at: datetime) -> int:
    if newest is None:
        return 0
    return newest.epoch + (rules.freshness(newest.age_s(at)) == "ahead")


def work_of(reading: Reading, name: str) -> Work:
    return reading.work.get(name, Work())


def _store(reading: Reading, verdicts: dict[str, Verdict], epoch: int, at: datetime) -> HealthCheck:
    slot = rules.slot_of(at)
    answered = RequestTally.objects.all().of_slot(slot - timedelta(seconds=rules.EVERY_S))  # over, so it is whole
    return HealthCheck.objects.create(
        epoch=epoch,
        slot=slot,
        at=at,
        decisions_per_s=reading.decisions / rules.WINDOW_S,
        loops_per_s=reading.loops / rules.WINDOW_S,
        latency_avg_ms=work_of(reading, measure.LEADER).latency_avg_ms,
        latency_p95_ms=reading.latency_p95_ms,
        requests=answered.count,
        errors=answered.errors,
        people=reading.people,
        experiments=reading.experiments,
        queue_depth=reading.queue_depth,
        deliveries_waiting=reading.deliveries_waiting,
        parked=reading.parked,
        failing_agents=sum(verdict.state == "failing" for verdict in verdicts.values()),
        database_ms=reading.database_ms,
        redis_ms=reading.redis_ms,
    )


def _store_agents(reading: Reading, verdicts: dict[str, Verdict], at: datetime) -> None:
    before = {state.name: state for state in AgentState.objects.all()}
    rows = []
    for name, verdict in verdicts.items():
        known, work = before.get(name), work_of(reading, name)
        rows.append(
            AgentState(
                name=name,
                title=AGENTS[name].title,
                state=verdict.state,
                reason=verdict.reason,
                decisions=work.decisions,
                degraded=work.degraded,
                latency_avg_ms=work.latency_avg_ms,
                probe_ms=reading.answers[name].took_ms,
                since=known.since if known is not None and known.state == verdict.state else at,
                checked_at=at,
            )
        )
    fields = ["title", "state", "reason", "decisions", "degraded", "latency_avg_ms", "probe_ms", "since", "checked_at"]
    AgentState.objects.bulk_create(rows, update_conflicts=True, unique_fields=["name"], update_fields=fields)
    if gone := before.keys() - verdicts.keys():
        AgentState.objects.filter(name__in=gone).delete()


def _findings(reading: Reading, verdicts: dict[str, Verdict], at: datetime) -> list[Finding]:
    windows = RequestTally.objects.all().windows(alert_rules.WINDOWS_S, at)
    found = [
        alert_rules.error_rate(windows[alert_rules.ERROR_WINDOW_S]),
        *alert_rules.burn_rates(windows),
        alert_rules.queue(reading.queue_depth, reading.deliveries_waiting),
        alert_rules.parked(reading.parked),
    ]
    for name, agent in AGENTS.items():
        verdict, taken = verdicts[name], work_of(reading, name).latency_avg_ms
        found.append(alert_rules.failing(name, agent.title, verdict))
        found.append(alert_rules.slow(name, agent.title, verdict, taken, agent.budget_ms))
    harmed = Phase.objects.all().stopped_by_a_guardrail().select_related("experiment")
    return [*found, *(alert_rules.guardrail(one.experiment.key, one.experiment.title) for one in harmed)]


def count_requests(*, requests: int, errors: int, at: datetime) -> None:
    """What one process answered is part of the slot it was answered in; slots that no window reaches are gone.

    Cost  2 statements, 2 more for the first of a slot.
    """
    slot = rules.slot_of(at)
    _, is_first = RequestTally.objects.get_or_create(at=slot)
    RequestTally.objects.filter(at=slot).update(requests=F("requests") + requests, errors=F("errors") + errors)
    if is_first:
        RequestTally.objects.filter(at__lt=slot - timedelta(seconds=max(alert_rules.WINDOWS_S))).delete()


# -- Bounded growth ----------------------------------------------------------------------------------------
def compact_checks(*, at: datetime) -> int:
    """Checks older than a day are one mean an hour, and those of 90 days ago are gone; returns how many were merged.

    Cost  4 statements an hour that is merged, 2 in all when none is.
    """
    HealthCheck.objects.filter(slot__lt=at - timedelta(seconds=rules.KEPT_FOR_S)).delete()
    today = datetime.fromtimestamp(
        (at.timestamp() - rules.RAW_FOR_S) // rules.HOUR_S * rules.HOUR_S, tz=at.tzinfo
    )  # whole hours alone, or one hour would be merged twice
    old = list(HealthCheck.objects.all().older_than(today).order_by("epoch", "slot"))
    for (epoch, hour), checks in groupby(old, key=lambda check: (check.epoch, _hour_of(check.slot))):
        _merge(epoch, hour, list(checks))
    return len(old)


def _hour_of(slot: datetime) -> datetime:
    return slot.replace(minute=0, second=0, microsecond=0)


@transaction.atomic
def _merge(epoch: int, hour: datetime, checks: Sequence[HealthCheck]) -> None:
    deleted, _ = HealthCheck.objects.filter(pk__in=[check.pk for check in checks]).delete()
    if deleted == len(checks):  # else another beat is at the same hour, and the constraint would say so too
        HealthCheck.objects.create(epoch=epoch, span_s=rules.HOUR_S, slot=hour, at=checks[-1].at, **_means(checks))


AVERAGED = ("decisions_per_s", "loops_per_s", "latency_avg_ms", "database_ms", "redis_ms", "took_ms")
SUMMED = ("requests", "errors")
PEAKS = ("latency_p95_ms", "people", "experiments", "queue_depth", "deliveries_waiting", "parked", "failing_agents")


def _means(checks: Sequence[HealthCheck]) -> dict[str, float | int | None]:
    """Rates are averaged, requests added up; of what waited or failed the worst moment is kept."""
    found: dict[str, float | int | None] = {}
    for name in AVERAGED:
        found[name] = mean([getattr(check, name) for check in checks])
    for name in SUMMED:
        found[name] = sum(getattr(check, name) for check in checks)
    for name in PEAKS:
        found[name] = highest([getattr(check, name) for check in checks])
    return found
