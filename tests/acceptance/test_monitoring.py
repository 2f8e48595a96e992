"""Each threshold is really crossed and gives one alert and one recovery; a site with a missing part says so."""

import asyncio
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from monitoring.alerts import notifications
from monitoring.models import Alert, HealthCheck, Notification
from monitoring.request_counter import RequestCounter
from monitoring.services import run_health_check
from monitoring.web_watchdog import WebWatchdog, look_for_worker
from tests.concurrency import within
from tests.factories import browser, person, practice
from tests.monitoring.requests import answering, ask
from tests.servers import free_port, redis_server, wait_for_port
from tests.sockets import get, serving
from viral_engine.accounts.models import User
from viral_engine.celery import QUEUES, app
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision, Delivery, LoggedEvent
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db(transaction=True)
TICK = timedelta(seconds=30)
Execute = Callable[..., Any]


class Night:
    """A night on call: a check every 30 seconds, and its findings."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def checks(self, count: int = 1) -> list[str]:
        for _ in range(count):
            self.at += TICK
            assert run_health_check(at=self.at) is not None
            notifications.send_waiting(at=self.at)
        return list(Alert.objects.all().open().order_by("key").values_list("key", flat=True))


@pytest.fixture
def night() -> Night:
    return Night(now() + timedelta(minutes=10))


def notified(key: str) -> list[tuple[str, bool]]:
    """Transitions sent to the log channel, each with whether it arrived."""
    rows = (
        Notification.objects.filter(alert__key=key, channel="log").order_by("pk").values_list("transition", "sent_at")
    )
    return [(turn, sent_at is not None) for turn, sent_at in rows]


ONCE = [("raised", True), ("resolved", True)]


@contextmanager
def table(name: str, does: Callable[[], None]) -> Iterator[None]:
    """Make every statement that names the table behave like this."""

    def wrapper(execute: Execute, sql: str, *rest: Any) -> Any:
        if name in sql:
            does()
        return execute(sql, *rest)

    with connection.execute_wrapper(wrapper):
        yield


def play(people: list[User], skill: Skill, at: datetime) -> None:
    for number, one in enumerate(people):
        practice(one, skill, right=5, at=at + timedelta(seconds=4 * number))


@pytest.fixture
def people() -> list[User]:
    return [person(f"Ada{number}") for number in range(20)]


def test_a_slow_orchestrator_alerts(algebra: Skill, people: list[User], night: Night) -> None:
    with table("loops_prompt", lambda: time.sleep(0.2)):
        play(people, algebra, night.at - timedelta(seconds=90))
    assert night.checks(3) == ["latency:orchestrator"]
    alert = Alert.objects.get()
    assert (alert.severity, alert.limit) == ("warning", 150.0)
    assert alert.value is not None
    assert alert.value >= 200
    night.at += timedelta(minutes=5)
    assert night.checks(2) == []
    assert notified("latency:orchestrator") == ONCE


def test_a_failing_orchestrator_alerts(algebra: Skill, people: list[User], night: Night) -> None:
    def breaks() -> None:
        raise OperationalError("canceling statement due to statement timeout")

    with table("loops_loop", breaks):
        play(people, algebra, night.at - timedelta(seconds=90))
    assert Decision.objects.filter(agent="orchestrator", outcome="failed", is_degraded=True).count() == 20
    assert night.checks(3) == ["agent:orchestrator"]
    assert Alert.objects.get().detail == "20 of its last 20 decisions failed or were degraded."
    night.at += timedelta(minutes=5)
    assert night.checks(2) == []
    assert notified("agent:orchestrator") == ONCE


def test_an_idle_agent_that_misses_its_probe_alerts(night: Night) -> None:
    def breaks() -> None:
        raise OperationalError("the disk is full")

    with table("loops_loop", breaks):
        # Links are loaded with their loop, also those of a tutor.
        assert night.checks(2) == ["agent:attribution", "agent:orchestrator", "agent:tutor_advocacy"]
    assert night.checks(2) == []
    assert notified("agent:orchestrator") == notified("agent:attribution") == ONCE


def test_idle_agents_are_healthy(night: Night) -> None:
    assert night.checks(5) == []
    assert not Alert.objects.exists()


async def serve(tally: RequestCounter, *statuses: int) -> None:
    for status in statuses:
        await ask(answering(status), tally)


def test_too_many_failed_requests_alert(night: Night) -> None:
    tally = RequestCounter()
    watch = WebWatchdog(tally)
    asyncio.run(serve(tally, *[200] * 95, *[500] * 5))
    asyncio.run(watch.round(night.at))
    assert night.checks(2) == ["burn:critical", "burn:warning", "error_rate"]
    alert = Alert.objects.get(key="error_rate")
    assert alert.detail == "5 of 100 requests in five minutes failed (5.0%)."
    asyncio.run(serve(tally, *[200] * 10_000))
    asyncio.run(watch.round(night.at))
    assert night.checks(2) == []
    for key in ("error_rate", "burn:critical", "burn:warning"):
        assert notified(key) == ONCE


def empty_queues() -> None:
    with app.connection_for_write() as broker:
        channel: Any = broker.default_channel  # its stubs lack virtual transports
        for queue in QUEUES:
            channel.queue_purge(queue)


@pytest.fixture
def broker() -> Iterator[None]:
    empty_queues()
    yield
    empty_queues()


def test_a_growing_task_queue_alerts(broker: None, night: Night) -> None:
    assert night.checks() == []
    with app.producer_pool.acquire() as producer:
        for _ in range(501):
            app.send_task("viral_engine.kernel.tasks.deliver_outbox", producer=producer)
    assert night.checks(3) == ["queue"]
    assert Alert.objects.get().detail == "501 tasks wait at the broker, 0 deliveries in the outbox."
    empty_queues()
    assert night.checks(2) == []
    assert notified("queue") == ONCE


def test_waiting_and_dead_lettered_deliveries_alert(night: Night) -> None:
    event = LoggedEvent.objects.create(type="account_created", at=night.at - timedelta(minutes=5))
    Delivery.objects.bulk_create(Delivery(event=event, listener=f"nobody.{number}") for number in range(502))
    first = Delivery.objects.order_by("pk").first()
    assert first is not None
    Delivery.objects.filter(pk=first.pk).update(dead_lettered_at=night.at)
    assert night.checks(2) == ["parked", "queue"]
    Delivery.objects.update(processed_at=night.at)
    assert night.checks(2) == []
    assert notified("parked") == notified("queue") == ONCE


# -- Missing parts ----------------------------------------------------------------------------------------
def page(client: Client) -> str:
    response = client.get("/monitoring/")
    assert response.status_code == 200
    return str(response.content.decode())


def oncall() -> Client:
    return browser(person("Ada", is_staff=True))


def test_an_empty_database_is_healthy_or_says_what_is_missing(night: Night) -> None:
    assert "No check has run yet: is the worker running?" in page(oncall())


def test_a_missing_worker_alerts(night: Night) -> None:
    night.checks()
    HealthCheck.objects.update(at=now() - timedelta(seconds=200))
    for seconds in (0, 30, 60):
        assert look_for_worker(watched_s=1000, at=now() + timedelta(seconds=seconds)) is True
        notifications.send_waiting(at=now() + timedelta(seconds=seconds))
    staff = oncall()
    assert "Checks have stopped: is the worker running?" in page(staff)
    assert "No worker answers" in page(staff)
    assert staff.get("/api/health").json()["workers"] == "silent"
    assert notified("worker") == [("raised", True)]


@pytest.mark.parametrize("jump", [timedelta(hours=-2), timedelta(hours=2)])
def test_checks_survive_a_clock_that_jumps(jump: timedelta) -> None:
    """Checks from before the jump remain; the page reports the problem, and the next check resolves it."""
    before = Night(now() - jump - TICK)
    before.checks(1)
    staff = oncall()
    said = "The clock was set back." if jump < timedelta(0) else "Checks have stopped"
    assert said in page(staff)
    assert run_health_check(at=now()) is not None
    assert "All is well." in page(staff)
    assert [Alert.objects.count(), HealthCheck.objects.count()] == [0, 2]


def test_losing_and_regaining_redis_is_reported() -> None:
    """A separate site with its own Redis: pages render and report the outage."""
    ada = oncall()
    port = free_port()
    with serving(redis_url=f"redis://127.0.0.1:{port}/0") as server:
        with redis_server(port):
            assert "No check has run yet" in get(server, ada, "/monitoring/")
            assert status_of(server.url + "/api/health") == 200
        assert status_of(server.url + "/api/health") == 503
        assert status_of(server.url + "/api/health/live") == 200
        assert status_of(server.url + "/api/ready") == 200
        assert within(60, lambda: Alert.objects.all().open().filter(key="redis").exists())
        assert within(20, lambda: notified("redis") == [("raised", True)])  # no worker runs: the web process notified
        assert "Redis does not answer" in get(server, ada, "/monitoring/")
        with redis_server(port):
            wait_for_port(port)
            assert status_of(server.url + "/api/health") == 200


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310  (our own loopback address)
            return int(response.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code
