"""Failures that only a web process can notice."""

import asyncio
import threading
import time
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError
from pytest_django import Settings

from monitoring import web_watchdog as watching
from monitoring.alerts import notifications
from monitoring.models import Alert, HealthCheck, Notification, RequestTally
from monitoring.request_counter import RequestCounter
from monitoring.rules import Requests
from monitoring.services import run_health_check
from monitoring.web_watchdog import WebWatchdog, look_for_worker
from tests.factories import counting, statements
from tests.monitoring.statements import on_every_statement
from tests.receivers import Answer, receiving
from tests.servers import without_redis

pytestmark = pytest.mark.django_db(transaction=True)  # a round works on a thread of its own
LONG = 1000.0


def away(_: str) -> None:
    raise OperationalError("the database system is shutting down")


def open_keys() -> list[str]:
    return list(Alert.objects.all().open().order_by("key").values_list("key", flat=True))


def look(at: datetime, watched_s: float = LONG) -> list[str]:
    if look_for_worker(watched_s=watched_s, at=at):
        notifications.send_waiting(at=at)
    return open_keys()


def test_a_worker_that_went_silent_is_an_alert_and_is_told_from_here(at: datetime) -> None:
    run_health_check(at=at)
    assert look(at + timedelta(seconds=120)) == []
    assert look(at + timedelta(seconds=121)) == ["worker"]
    assert Notification.objects.get(channel="log").sent_at == at + timedelta(seconds=121)
    back = at + timedelta(seconds=300)
    run_health_check(at=back)
    assert [look(back), look(back + timedelta(seconds=30))] == [["worker"], []]


def test_a_worker_that_never_came_is_missed_after_two_minutes(at: datetime) -> None:
    assert look(at, watched_s=120) == []
    assert look(at, watched_s=121) == ["worker"]


def test_who_has_just_started_blames_nobody_for_yesterday(at: datetime) -> None:
    run_health_check(at=at - timedelta(days=1))
    assert look(at, watched_s=10) == []


def test_a_worker_that_died_before_the_clock_was_set_back_is_missed_all_the_same(
    at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last check lies two hours ahead, of a time that was set back."""
    run_health_check(at=at + timedelta(hours=2))
    started_s = time.monotonic()
    watch = WebWatchdog(RequestCounter())
    for second, found in ((0, []), (120, []), (150, ["worker"])):
        monkeypatch.setattr(watching, "monotonic", lambda passed_s=second: started_s + 1 + passed_s)
        assert watch.look(at + timedelta(seconds=second)) is True  # there may be nobody else to tell it
        assert open_keys() == found
    assert Alert.objects.get().detail.startswith("No health check for 2 minutes")


def test_redis_that_is_away_is_one_alert_and_not_two(at: datetime, settings: Settings) -> None:
    without_redis(settings)
    check_before = HealthCheck.objects.create(slot=at, at=at)
    assert look(check_before.at + timedelta(hours=1)) == ["redis"]


def test_that_redis_is_away_is_told_from_here_while_checks_are_fresh(at: datetime, settings: Settings) -> None:
    HealthCheck.objects.create(slot=at, at=at)
    without_redis(settings)
    assert look(at + timedelta(seconds=30)) == ["redis"]
    assert Notification.objects.get(channel="log").sent_at == at + timedelta(seconds=30)


def test_redis_is_looked_for_once_a_slot_so_two_slots_end_its_alert(at: datetime, settings: Settings) -> None:
    broker = settings.CELERY_BROKER_URL
    without_redis(settings)
    run_health_check(at=at)
    assert open_keys() == []
    assert look(at) == ["redis"]
    settings.REDIS_URL, settings.CELERY_BROKER_URL = "", broker
    for seconds, still_open in ((30, ["redis"]), (60, [])):
        run_health_check(at=at + timedelta(seconds=seconds))
        assert look(at + timedelta(seconds=seconds)) == still_open


def go_round(watch: WebWatchdog, at: datetime, *seconds: int) -> None:
    async def turns() -> None:
        for number in seconds:
            await watch.round(at + timedelta(seconds=number))

    asyncio.run(turns())


def test_counts_are_handed_over_once(at: datetime) -> None:
    tally = RequestCounter()
    tally.add(Requests(7, 2))
    watch = WebWatchdog(tally)
    go_round(watch, at, 0, 10)
    assert list(RequestTally.objects.values_list("requests", "errors")) == [(7, 2)]


def test_counts_wait_while_the_database_is_away(at: datetime) -> None:
    tally = RequestCounter()
    tally.add(Requests(7, 2))
    watch = WebWatchdog(tally)
    with on_every_statement(away):
        go_round(watch, at, 0)
        tally.add(Requests(1, 0))
        go_round(watch, at, 10)
    assert not RequestTally.objects.exists()
    tally.add(Requests(5, 0))
    go_round(watch, at, 3600)
    booked = RequestTally.objects.order_by("at").values_list("at", "requests", "errors")
    assert list(booked) == [(at, 8, 2), (at + timedelta(hours=1), 5, 0)]  # each to when it was


def test_a_database_that_is_away_is_told_without_it(at: datetime, settings: Settings) -> None:
    with receiving(Answer(202), path="/v2/enqueue") as pagerduty:
        settings.PAGERDUTY_ROUTING_KEY, settings.PAGERDUTY_EVENTS_URL = "key", pagerduty.url
        watch = WebWatchdog(RequestCounter())
        with on_every_statement(away):
            go_round(watch, at, 0, 10, 20, 30)
        go_round(watch, at, 40, 50)
    assert [body["event_action"] for body in pagerduty.bodies] == ["trigger", "resolve"]
    assert len({body["dedup_key"] for body in pagerduty.bodies}) == 1


def test_a_page_that_is_not_taken_is_sent_again_and_so_is_its_end(at: datetime, settings: Settings) -> None:
    busy, taken = Answer(503), Answer(202)
    with receiving(busy, taken, busy, taken, path="/v2/enqueue") as pagerduty:
        settings.PAGERDUTY_ROUTING_KEY, settings.PAGERDUTY_EVENTS_URL = "key", pagerduty.url
        watch = WebWatchdog(RequestCounter())
        with on_every_statement(away):
            go_round(watch, at, 0, 10, 20, 30)
        go_round(watch, at, 40, 50, 60)
    assert [body["event_action"] for body in pagerduty.bodies] == ["trigger", "trigger", "resolve", "resolve"]
    assert {body["payload"]["timestamp"] for body in pagerduty.bodies[:2]} == {at.isoformat()}


def test_nobody_is_told_the_end_of_what_they_never_heard_of(at: datetime, settings: Settings) -> None:
    with receiving(Answer(503), path="/v2/enqueue") as pagerduty, receiving() as slack:
        settings.PAGERDUTY_ROUTING_KEY, settings.PAGERDUTY_EVENTS_URL = "key", pagerduty.url
        settings.SLACK_WEBHOOK_URL = slack.url
        watch = WebWatchdog(RequestCounter())
        with on_every_statement(away):
            go_round(watch, at, 0, 10, 20)
        go_round(watch, at, 30, 40)
    assert [body["event_action"] for body in pagerduty.bodies] == ["trigger", "trigger"]
    assert [body["text"].partition(":")[2].partition(".")[0] for body in slack.bodies] == [
        "rotating_light: Raised: The database does not answer (critical)",
        "white_check_mark: Resolved: The database does not answer (critical)",
    ]


def test_one_look_without_a_database_wakes_nobody(at: datetime, caplog: pytest.LogCaptureFixture) -> None:
    watch = WebWatchdog(RequestCounter())
    for second in (0, 20, 40):
        with on_every_statement(away):
            go_round(watch, at, second)
        go_round(watch, at, second + 10)
    assert "alert database" not in caplog.text


def test_a_database_that_hangs_is_as_good_as_lost(
    at: datetime, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "MAX_LOOK_S", 0.1)
    watch, is_over = WebWatchdog(RequestCounter()), threading.Event()

    def hangs(_: str) -> None:
        is_over.wait(10)
        raise OperationalError("server closed the connection unexpectedly")

    with on_every_statement(hangs):
        go_round(watch, at, 0, 10)
        is_over.set()
    assert "alert database: Raised: The database does not answer" in caplog.text


def test_one_of_many_processes_looks_in_a_slot_and_the_cost_is_as_stated(at: datetime) -> None:
    first, second = WebWatchdog(RequestCounter()), WebWatchdog(RequestCounter())
    with counting() as captured:
        first.look(at)
    assert len(statements(captured)) == 2 + 4
    with counting() as captured:
        second.look(at)
    assert len(statements(captured)) == 2
