"""The page of on-call while it is open: one computation a tick, whatever the number of viewers and processes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
import websockets
from django.db import OperationalError
from django.test import Client
from django.test.utils import override_settings

from monitoring import charts, fragments, rooms
from monitoring.alerts import services
from monitoring.charts import Group
from monitoring.live_refresh import ticker_of
from monitoring.models import Alert
from monitoring.rooms import MonitoringTicker
from monitoring.rules import Finding
from monitoring.services import run_health_check
from tests.factories import browser, counting, person, statements
from tests.monitoring.statements import on_every_statement
from tests.servers import free_port, redis_server
from tests.sockets import InProcessServer, cookies_of, in_thread, post, serving, serving_in_process, until, watching
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now

pytestmark = pytest.mark.django_db(transaction=True)


def open_alert(key: str = "queue") -> Alert:
    services.observe(findings=[Finding(key, "warning", "Work is piling up", firing=True, detail="700 wait.")], at=now())
    return Alert.objects.get(key=key)


def staff(name: str = "Ada") -> str:
    return cookies_of(browser(person(name, is_staff=True)))


async def connect(server: InProcessServer, cookies: str) -> websockets.ClientConnection:
    url = f"ws://127.0.0.1:{server.port}/live/monitoring/"
    origin = websockets.Origin(server.url)
    return await websockets.connect(url, origin=origin, additional_headers={"Cookie": cookies}, compression=None)


@asynccontextmanager
async def viewers(server: InProcessServer, cookies: str, count: int) -> AsyncIterator[list[list[str]]]:
    """The fragments each of these open pages received, the whole page first."""
    sockets = [await connect(server, cookies) for _ in range(count)]
    heard: list[list[str]] = [[] for _ in sockets]

    async def listen(place: int) -> None:
        async for text in sockets[place]:
            heard[place].append(str(text))

    tasks = [asyncio.create_task(listen(place)) for place in range(count)]
    await until(lambda: all(heard))
    yield heard
    for task, socket in zip(tasks, sockets, strict=True):
        task.cancel()
        await socket.close()


async def test_strangers_and_learners_are_refused(catalogue: None) -> None:
    learner = await in_thread(lambda: cookies_of(browser(person("Bo"))))
    async with serving_in_process() as server:
        for cookies in ("", learner):
            with pytest.raises(websockets.InvalidStatus):
                await connect(server, cookies)


async def test_a_page_gets_all_at_once_and_then_what_changed() -> None:
    cookies = await in_thread(staff)
    async with serving_in_process() as server, viewers(server, cookies, 1) as [heard]:
        assert 'id="monitoring-live"' in heard[0]
        assert "No check has run yet" in heard[0]
        clock = ticker(server)
        await clock.tick(now())  # the first one tells all: what other processes sent is not known here
        await until(lambda: len(heard) == 5)
        await in_thread(lambda: run_health_check(at=now()))
        await in_thread(open_alert)
        await clock.tick(later(1))
        await until(lambda: len(heard) == 8)
        assert roots(heard[5:]) == ["monitoring-status", "monitoring-alerts", "monitoring-agents"]
        await clock.tick(later(2))  # nothing happened: nothing is sent
        await in_thread(lambda: Alert.objects.update(detail="900 wait."))
        await clock.tick(later(3))
        await until(lambda: len(heard) > 8)
        assert roots(heard[8:]) == ["monitoring-alerts"]


def roots(texts: list[str]) -> list[str]:
    return [text.partition('id="')[2].partition('"')[0] for text in texts]


def ticker(server: InProcessServer) -> MonitoringTicker:
    return ticker_of(server.node.pages[0], MonitoringTicker)


async def test_what_another_process_showed_meanwhile_is_not_taken_for_ours() -> None:
    cookies = await in_thread(staff)
    async with serving_in_process() as server, viewers(server, cookies, 1) as [heard]:
        await ticker(server).tick(later(0))
        await until(lambda: len(heard) == 5)
        assert await in_thread(lambda: fragments.claim_tick(later(1)))
        await ticker(server).tick(later(1))  # the other process has it, and may have shown anything
        await ticker(server).tick(later(2))
        await until(lambda: len(heard) == 9)
        assert roots(heard[5:]) == roots(heard[1:5])


async def test_after_a_tick_that_fails_the_next_one_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (rooms, fragments):
        monkeypatch.setattr(module, "TICK_S", 1)
    cookies = await in_thread(staff)
    ticks: list[str] = []

    def broken(sql: str) -> None:
        if "is_staff" in sql:
            ticks.append(sql)
            raise ValueError("nobody thought of this")

    async with serving_in_process() as server, viewers(server, cookies, 1) as [heard]:
        with on_every_statement(broken):
            await until(lambda: len(ticks) == 2)
        await until(lambda: len(heard) == 5)


async def test_a_tick_draws_each_line_once(monkeypatch: pytest.MonkeyPatch) -> None:
    await in_thread(lambda: [run_health_check(at=later(number * 6)) for number in (-1, 0)])
    drawn: list[Group] = []
    real = charts.error_rate

    def error_rate(group: Group) -> float | None:
        drawn.append(group)
        return real(group)

    monkeypatch.setattr(charts, "error_rate", error_rate)
    cookies = await in_thread(staff)
    async with serving_in_process() as server, viewers(server, cookies, 1):
        drawn.clear()
        await ticker(server).tick(now())
    assert len(drawn) == 2  # one point of the line for each of two checks


def test_what_somebody_does_is_pushed_without_reading_any_check() -> None:
    services.silence(key="queue", lasts=timedelta(hours=1), by=person("Ada", is_staff=True), at=now())
    open_alert()
    with counting() as captured:
        fragments.push_alerts(now())
    assert len(statements(captured)) == 4
    assert "monitoring_healthcheck" not in str(statements(captured))


def later(ticks: int) -> datetime:
    return now() + timedelta(seconds=5 * ticks)


@pytest.mark.parametrize("count", [1, 5])
async def test_a_viewer_more_costs_no_query(count: int) -> None:
    cookies = await in_thread(staff)
    await in_thread(lambda: run_health_check(at=now()))
    await in_thread(open_alert)
    async with serving_in_process() as server, viewers(server, cookies, count):
        asked: list[str] = []
        with on_every_statement(asked.append):
            await ticker(server).tick(now())
    assert len([sql for sql in asked if "monitoring_" in sql or "is_staff" in sql]) == 7


async def test_who_is_no_longer_staff_is_sent_away() -> None:
    cookies = await in_thread(staff)
    async with serving_in_process() as server:
        socket = await connect(server, cookies)
        await socket.recv()
        await in_thread(lambda: User.objects.update(is_staff=False))
        await ticker(server).tick(now())
        await asyncio.wait_for(socket.wait_closed(), 5)
        assert socket.close_code == 1001


async def test_a_database_that_is_away_is_told_on_the_open_page() -> None:
    cookies = await in_thread(staff)

    def away(_: str) -> None:
        raise OperationalError("the database system is shutting down")

    async with serving_in_process() as server, viewers(server, cookies, 1) as [heard]:
        with on_every_statement(away):
            await ticker(server).tick(now())
        await until(lambda: "The database does not answer." in heard[-1])


async def test_without_redis_each_process_draws_for_its_own() -> None:
    cookies = await in_thread(staff)
    async with serving_in_process() as server, viewers(server, cookies, 2) as heard:
        nowhere = f"redis://127.0.0.1:{free_port()}/0"
        away = {"shared": {"BACKEND": "viral_engine.kernel.optional_cache.SharedRedisCache", "LOCATION": nowhere}}
        with override_settings(CACHES=away):
            await ticker(server).tick(now())
        await until(lambda: all(len(texts) == 5 for texts in heard))


async def test_what_one_does_is_on_the_other_s_page_in_another_process() -> None:
    """Two processes over a Redis of their own; the one that was asked publishes, the other's viewer sees it."""
    ada = await in_thread(lambda: browser(person("Ada", is_staff=True, is_superuser=True)))
    bo = await in_thread(second_browser)
    alert = await in_thread(open_alert)
    with (
        redis_server() as (url, _),
        serving(redis_url=url) as first,
        serving(redis_url=url) as second,
    ):
        async with watching(second, bo, "monitoring") as seen:
            await in_thread(lambda: post(first, ada, f"/monitoring/alerts/{alert.pk}/acknowledge/"))
            await until(lambda: any("Acknowledged by ada." in text for text in seen))
        async with watching(first, ada, "monitoring") as here, watching(second, bo, "monitoring") as there:
            await until(lambda: len(here) >= 5 and len(there) >= 5, patience_s=20)
        assert here[1:5] == there[1:5]  # drawn once, and the same for both


def second_browser() -> Client:
    return browser(person("Bo", is_staff=True))
