"""The check of every 30 seconds: what it measures, once, at what cost, and how its rows are kept few."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from experiments.models import Change
from experiments.services.lifecycle import pause_phase, resume_phase
from monitoring.health import rules
from monitoring.health.agents import PROBED, register_probe
from monitoring.health.services import compact_checks, count_requests
from monitoring.models import AgentState, Alert, HealthCheck, RequestTally
from monitoring.services import run_health_check
from monitoring.tasks import check_health
from tests.experiments.trials import draft, staff_user, started
from tests.factories import counting, statements
from tests.monitoring.decisions import make_decisions
from viral_engine.kernel.agent_registry import AGENTS, Agent
from viral_engine.kernel.models import Decision, Delivery, LoggedEvent, PeriodicRun

pytestmark = pytest.mark.django_db
COST = 38


@pytest.fixture
def helper() -> Iterator[Agent]:
    """One more agent, as a later app would bring one."""
    agent = Agent("helper", "Helper")
    register_probe(agent, lambda at: at)
    yield agent
    del PROBED["helper"]


def test_an_empty_site_is_healthy_and_idle(at: datetime) -> None:
    check = run_health_check(at=at)
    assert check is not None
    assert (check.decisions_per_s, check.latency_avg_ms, check.requests, check.people) == (0, None, 0, 0)
    assert (check.deliveries_waiting, check.dead_letters, check.failing_agents, check.experiments) == (0, 0, 0, 0)
    states = AgentState.objects.order_by("name").values_list("name", "state")
    assert list(states) == [(name, "idle") for name in sorted(PROBED)]
    assert PROBED.keys() == AGENTS.keys()


def test_decisions_are_measured_over_five_minutes(at: datetime) -> None:
    make_decisions("orchestrator", 20, at=at, latency_ms=100, outcome="buddy_challenge")
    make_decisions("orchestrator", 10, at=at, latency_ms=100, outcome="none")
    make_decisions("trust_safety", 30, at=at, latency_ms=1)
    make_decisions("orchestrator", 5, at=at - timedelta(minutes=5), latency_ms=9000)
    check = run_health_check(at=at)
    assert check is not None
    assert (check.decisions_per_s, check.loops_per_s) == (60 / 300, 20 / 300)
    assert check.latency_avg_ms == pytest.approx((190 + 45) / 30 + 100)
    assert check.latency_p95_ms == 118  # of 30 decisions one is slower
    assert AgentState.objects.get(name="orchestrator").decisions == 30


def test_slow_is_one_thing_to_the_page_and_to_alerts(at: datetime, helper: Agent) -> None:
    """Only some of its decisions are timed, and those are slow; its probe is quick."""
    make_decisions("helper", 20, at=at)
    Decision.objects.update(latency_ms=0)
    make_decisions("helper", 20, at=at, latency_ms=200)
    run_health_check(at=at)
    state, alert = AgentState.objects.get(name="helper"), Alert.objects.get()
    assert (state.state, state.decisions, state.latency_avg_ms) == ("slow", 40, 209.5)
    assert (alert.key, alert.severity, alert.detail, alert.value) == ("latency:helper", "warning", state.reason, 209.5)


def test_an_agent_s_state_keeps_since_when(at: datetime, helper: Agent) -> None:
    run_health_check(at=at)
    run_health_check(at=at + timedelta(seconds=30))
    state = AgentState.objects.get(name="helper")
    assert (state.state, state.since, state.checked_at) == ("idle", at, at + timedelta(seconds=30))
    make_decisions("helper", 20, at=at + timedelta(seconds=60), degraded=10)
    run_health_check(at=at + timedelta(seconds=60))
    state.refresh_from_db()
    assert (state.state, state.since) == ("failing", at + timedelta(seconds=60))
    assert state.reason == "10 of its last 20 decisions failed or were degraded."


@pytest.mark.parametrize(
    ("agent", "table"),
    [("social_presence", "feeds_activity"), ("tutor_advocacy", "loops_bookingrequest"), ("incentives", "rewardentry")],
)
def test_an_agent_without_what_it_works_on_fails_by_itself(at: datetime, agent: str, table: str) -> None:
    def away(execute: Any, sql: str, *rest: Any) -> Any:
        if table in sql:
            raise OperationalError("gone")
        return execute(sql, *rest)

    with connection.execute_wrapper(away):
        run_health_check(at=at)
    states = dict(AgentState.objects.values_list("name", "reason"))
    assert states.pop(agent) == "It does not answer its probe: OperationalError."
    others = {"tutor_advocacy"} if agent == "incentives" else set()  # which tells a tutor what was earned
    assert {name for name, reason in states.items() if reason} == others


def test_an_agent_that_is_no_longer_asked_is_forgotten(at: datetime) -> None:
    register_probe(Agent("helper", "Helper"), lambda at: at)
    run_health_check(at=at)
    del PROBED["helper"]
    run_health_check(at=at + timedelta(seconds=30))
    assert not AgentState.objects.filter(name="helper").exists()


def test_two_beats_look_once_in_a_slot(at: datetime) -> None:
    looks = [run_health_check(at=at + timedelta(seconds=s)) for s in (0, 1, 29, 30)]
    assert [look is None for look in looks] == [False, True, True, False]
    assert HealthCheck.objects.count() == 2


def test_the_task_tells_whether_this_beat_was_the_one(stopped_clock: None) -> None:
    assert [check_health(), check_health()] == [True, False]
    assert HealthCheck.objects.count() == 1


def test_a_clock_set_back_begins_a_new_epoch_and_is_looked_at_all_the_same(at: datetime) -> None:
    for minutes in (0, 1, 2):
        run_health_check(at=at + timedelta(minutes=minutes))
    assert run_health_check(at=at) is not None
    assert run_health_check(at=at) is None
    assert run_health_check(at=at + timedelta(seconds=30)) is not None
    assert run_health_check(at=at + timedelta(minutes=2)) is not None
    assert list(HealthCheck.objects.order_by("pk").values_list("epoch", flat=True)) == [0, 0, 0, 1, 1, 1]
    newest = HealthCheck.objects.newest()
    assert newest is not None
    assert newest.at == at + timedelta(minutes=2)


def test_what_lies_ahead_of_a_clock_that_was_set_back_is_in_no_window(at: datetime) -> None:
    """Two hours that were set back come again, and nothing of their first time comes with them."""
    again = at + timedelta(hours=2)
    for moment in (at, again):
        count_requests(requests=100, errors=100, at=moment - timedelta(seconds=30))
        make_decisions("orchestrator", 10, at=moment)
    run_health_check(at=again)
    first = run_health_check(at=at)
    assert first is not None
    assert (first.epoch, first.decisions_per_s, first.requests) == (1, 10 / 300, 100)
    assert RequestTally.objects.all().windows([7200], again)[7200].count == 0
    assert list(RequestTally.objects.values_list("at", flat=True)) == [at - timedelta(seconds=30)]


def test_slots_of_epochs_that_are_over_are_cleaned_up(at: datetime) -> None:
    for moment in (at + timedelta(minutes=5), at):
        run_health_check(at=moment)
    assert sorted(PeriodicRun.objects.values_list("task", flat=True)) == ["check_health.0", "check_health.1"]
    run_health_check(at=at + timedelta(days=8))
    assert list(PeriodicRun.objects.values_list("task", flat=True)) == ["check_health.1"]


def test_each_request_is_counted_in_the_slot_it_was_answered_in(at: datetime) -> None:
    half_a_minute = timedelta(seconds=30)
    count_requests(requests=30, errors=2, at=at)
    count_requests(requests=12, errors=0, at=at + timedelta(seconds=29))
    count_requests(requests=5, errors=5, at=at + half_a_minute)
    first, second = run_health_check(at=at + half_a_minute), run_health_check(at=at + 2 * half_a_minute)
    assert first is not None
    assert second is not None
    assert [(one.requests, one.errors) for one in (first, second)] == [(42, 2), (5, 5)]
    windows = RequestTally.objects.all().windows([30, 300], at + half_a_minute)
    assert (windows[30].count, windows[300].count, windows[300].errors) == (5, 47, 7)
    assert RequestTally.objects.all().windows([300], at - half_a_minute)[300].count == 0  # it was not so yet


def test_errors_of_an_hour_ago_wake_nobody_when_the_worker_is_back(at: datetime) -> None:
    count_requests(requests=100, errors=100, at=at)
    run_health_check(at=at + timedelta(hours=1))
    assert not Alert.objects.filter(key="error_rate").exists()


def test_tallies_are_kept_as_long_as_a_window_reaches_with_or_without_a_worker(at: datetime) -> None:
    three_days = timedelta(days=3)
    for moment in (at - three_days - timedelta(seconds=30), at - three_days, at):
        count_requests(requests=1, errors=0, at=moment)
    assert list(RequestTally.objects.order_by("at").values_list("at", flat=True)) == [at - three_days, at]


@pytest.mark.parametrize(("before", "cost"), [(0, 4), (1, 2)])
def test_counting_requests_costs_what_is_stated(at: datetime, before: int, cost: int) -> None:
    for _ in range(before):
        count_requests(requests=1, errors=0, at=at)
    with counting() as captured:
        count_requests(requests=1, errors=0, at=at)
    assert len(statements(captured)) == cost


def test_the_database_refuses_more_errors_than_requests(at: datetime) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        count_requests(requests=1, errors=2, at=at)


def test_deliveries_that_keep_failing_are_late_leased_or_not(at: datetime) -> None:
    """Three of an event of two minutes ago wait, one for its next try; one is done, one given up on, one is new."""
    old = LoggedEvent.objects.create(type="account_created", at=at - timedelta(minutes=2))
    new = LoggedEvent.objects.create(type="account_created", at=at - timedelta(seconds=59))
    words: list[dict[str, object]] = [
        {},
        {"attempts": 1, "leased_until": at - timedelta(seconds=1)},
        {"attempts": 5, "leased_until": at + timedelta(seconds=160)},
        {"attempts": 1, "processed_at": at},
        {"attempts": Delivery.MAX_ATTEMPTS, "dead_lettered_at": at},
    ]
    Delivery.objects.bulk_create(Delivery(event=old, listener=f"x.{n}", **one) for n, one in enumerate(words))
    Delivery.objects.create(event=new, listener="x")
    check = run_health_check(at=at)
    assert check is not None
    assert (check.deliveries_waiting, check.dead_letters) == (3, 1)


@pytest.mark.parametrize("decisions", [1, 3000])
def test_a_check_costs_the_same_whatever_happened(at: datetime, decisions: int) -> None:
    run_health_check(at=at)
    later = at + timedelta(seconds=30)
    make_decisions("orchestrator", decisions, at=later)
    count_requests(requests=1, errors=0, at=later)
    with counting() as captured:
        run_health_check(at=later)
    assert len(statements(captured)) == COST


def test_a_check_tells_how_long_it_took_and_how_long_the_database_did(at: datetime) -> None:
    """Not a test of this machine: benchmarks.health compares the time with its aim."""
    check = run_health_check(at=at)
    assert check is not None
    assert 0 < check.database_ms < check.took_ms


def hour_of_checks(at: datetime, *, requests: int, latency_ms: float | None, epoch: int = 0) -> None:
    HealthCheck.objects.bulk_create(
        HealthCheck(
            epoch=epoch,
            slot=at + timedelta(seconds=30 * number),
            at=at + timedelta(seconds=30 * number),
            requests=requests,
            errors=1,
            latency_avg_ms=latency_ms,
            queue_depth=number,
        )
        for number in range(120)
    )


def test_checks_older_than_a_day_are_one_row_an_hour(at: datetime) -> None:
    hour = at.replace(minute=0)
    hour_of_checks(hour - timedelta(hours=27), requests=10, latency_ms=20)
    hour_of_checks(hour - timedelta(hours=26), requests=1, latency_ms=None)
    hour_of_checks(hour - timedelta(hours=2), requests=1, latency_ms=None)
    assert compact_checks(at=at) == 240
    assert compact_checks(at=at) == 0
    merged = HealthCheck.objects.filter(span_s=3600).order_by("slot")
    assert list(merged.values_list("slot", "requests", "errors", "latency_avg_ms", "queue_depth")) == [
        (hour - timedelta(hours=27), 1200, 120, 20.0, 119),
        (hour - timedelta(hours=26), 120, 120, None, 119),
    ]
    assert HealthCheck.objects.filter(span_s=30).count() == 120


def test_an_hour_is_merged_when_it_is_whole_and_once_for_each_epoch(at: datetime) -> None:
    hour = at.replace(minute=0)
    hour_of_checks(hour - timedelta(hours=25), requests=1, latency_ms=1)
    hour_of_checks(hour - timedelta(hours=25), requests=1, latency_ms=1, epoch=1)
    assert compact_checks(at=hour - timedelta(minutes=1)) == 0
    assert compact_checks(at=hour) == 240
    assert HealthCheck.objects.filter(span_s=3600).count() == 2


def test_checks_are_kept_for_90_days(at: datetime) -> None:
    hour_of_checks(at - timedelta(days=91), requests=1, latency_ms=1)
    compact_checks(at=at)
    assert HealthCheck.objects.count() == 0


def test_the_page_s_window_is_the_last_thousand_by_number(at: datetime) -> None:
    hour_of_checks(at, requests=1, latency_ms=1)
    found = HealthCheck.objects.all().window(100)
    assert [found[0].queue_depth, found[-1].queue_depth] == [20, 119]
    assert rules.SHOWN == 1000


def test_an_experiment_stopped_by_a_guardrail_is_an_alert_until_somebody_decides(at: datetime) -> None:
    phase = started(draft(), at)
    pause_phase(phase=phase, by=None, at=at, note="harm", kind=Change.Kind.GUARDRAIL)
    run_health_check(at=at)
    alert = Alert.objects.get(key="guardrail:copy")
    assert (alert.severity, alert.resolved_at, "is paused" in alert.detail) == ("warning", None, True)
    resume_phase(phase=phase, by=staff_user(), at=at + timedelta(seconds=10))
    for number in (1, 2):
        run_health_check(at=at + timedelta(seconds=30 * number))
    alert.refresh_from_db()
    assert alert.resolved_at == at + timedelta(seconds=60)
