"""Open dashboards: staff alone, kept fresh, one computation for all who look."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import websockets
from django.core.cache import caches
from django.utils import timezone

from monitoring.growth import fragments
from monitoring.growth.queries import PAGES
from monitoring.growth.queries.cards import DashboardCard
from monitoring.growth.rules.filters import DashboardFilter
from monitoring.growth.services import rollup
from tests.factories import browser, person
from tests.monitoring.growth.factories import exposed, member, practiced
from tests.servers import redis_server
from tests.sockets import InProcessServer, cookies_of, in_thread, serving, serving_in_process, until, watching
from viral_engine.accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)
TOPIC = fragments.topic_of("phase2", DashboardFilter())
OVERVIEW = fragments.topic_of("overview", DashboardFilter())


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tick each second, so that nobody waits for five."""
    monkeypatch.setattr(fragments, "TICK_S", 1)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[DashboardFilter]:
    """How often the overview was computed; the computing itself is as it is."""
    seen: list[DashboardFilter] = []
    real = PAGES["overview"]

    def cards(choice: DashboardFilter, at: datetime) -> list[DashboardCard]:
        seen.append(choice)
        return real.cards(choice, at)

    monkeypatch.setitem(PAGES, "overview", replace(real, cards=cards))
    return seen


async def open_page(server: InProcessServer, topic: str, cookies: str) -> websockets.ClientConnection:
    url = f"ws://127.0.0.1:{server.port}/live/{topic}/"
    headers = {"Cookie": cookies}
    return await websockets.connect(
        url, origin=websockets.Origin(server.url), additional_headers=headers, max_size=None
    )


def sessions(*users: User) -> list[str]:
    return [cookies_of(browser(user)) for user in users]


async def test_staff_alone_open_dashboards() -> None:
    gil, ada = await in_thread(lambda: sessions(person("Gil", is_staff=True), person("Ada")))
    async with serving_in_process() as server:
        for cookies, topic in (
            (ada, TOPIC),
            ("", TOPIC),
            (gil, "growth:nothing:7...mature"),
            (gil, "growth:phase2:8...mature"),
            (gil, "growth:phase2:7.none..mature"),
            (gil, "growth:phase2:7...2026-02-31"),
        ):
            with pytest.raises(websockets.InvalidStatus) as refusal:
                await open_page(server, topic, cookies)
            assert refusal.value.response.status_code == 403
        assert server.node.runtime.hub.topics == {}
        page = await open_page(server, TOPIC, gil)
        assert "No agent has decided anything" in str(await page.recv())
        await page.close()


async def test_a_change_reaches_an_open_page_as_the_card_it_is_about(quick: None) -> None:
    [gil] = await in_thread(lambda: sessions(person("Gil", is_staff=True)))
    async with serving_in_process() as server:
        page = await open_page(server, OVERVIEW, gil)
        for _ in range(2):  # at the connection, and whole at the first tick
            assert "Active today" in str(await page.recv())

        def practice() -> None:
            at = timezone.now()
            practiced(member("Ada", at - timedelta(days=9)), at)
            rollup.count_events(at=at)

        await in_thread(practice)
        html = ""
        while "<b>1</b>" not in html:
            html = str(await asyncio.wait_for(page.recv(), 5))
        assert 'id="growth-overview-headline"' in html
        assert 'id="growth-overview-k"' not in html  # nobody's K has changed
        await page.close()


async def test_a_viewer_more_costs_no_computation(quick: None, looks: list[DashboardFilter]) -> None:
    cookies = await in_thread(lambda: sessions(*(person(name, is_staff=True) for name in ("Gil", "Hal", "Ida"))))
    async with serving_in_process() as server:
        first = await open_page(server, OVERVIEW, cookies[0])
        await first.recv()
        before = len(looks)
        others = [await open_page(server, OVERVIEW, one) for one in cookies[1:] * 2]
        started = asyncio.get_running_loop().time()
        await until(lambda: len(looks) >= before + 3)
        ticks = asyncio.get_running_loop().time() - started
        assert len(looks) - before <= ticks + 2  # one a second, not five
        for page in (first, *others):
            await page.close()
        await until(lambda: server.node.pages == [])
        left = len(looks)
        await asyncio.sleep(1.2)  # more than a tick
        assert len(looks) == left  # nobody looks, nothing is computed


async def test_who_is_staff_no_more_looks_on_for_half_a_minute_at_the_most(
    quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from monitoring.growth import rooms

    monkeypatch.setattr(rooms, "RECHECKED_EVERY", 2)
    gil = await in_thread(lambda: person("Gil", is_staff=True))
    [cookies] = await in_thread(lambda: sessions(gil))
    async with serving_in_process() as server:
        page = await open_page(server, TOPIC, cookies)
        await page.recv()
        await in_thread(lambda: User.objects.filter(pk=gil.pk).update(is_staff=False))
        await asyncio.wait_for(page.wait_closed(), 6)
        assert page.close_code == 1001


def test_only_one_of_many_processes_draws_in_a_slot(at: datetime) -> None:
    assert fragments.push_page("phase2", DashboardFilter(), at) is True
    assert fragments.push_page("phase2", DashboardFilter(), at) is False  # the slot is taken
    assert fragments.push_page("phase2", DashboardFilter(), at + timedelta(seconds=5)) is False  # nothing changed


def test_a_dashboard_stands_without_its_cache(at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    from redis.exceptions import ConnectionError as NoRedis

    def gone(*_: object, **__: object) -> None:
        raise NoRedis

    for name in ("get", "set", "add"):
        monkeypatch.setattr(caches["shared"], name, gone)
    page = "".join(fragments.rendered_cards("phase2", DashboardFilter(), at))
    assert "No agent has decided anything" in page
    assert "Redis does not answer" in page


@pytest.mark.services
async def test_without_redis_each_process_draws_for_its_own() -> None:
    gil = await in_thread(lambda: browser(person("Gil", is_staff=True)))

    def show() -> None:
        at = timezone.now()
        exposed(member("Ada", at - timedelta(days=9)), at)
        rollup.count_events(at=at)

    with redis_server() as (url, redis), serving(redis_url=url) as server:
        async with watching(server, gil, OVERVIEW) as here:
            redis.kill()
            await in_thread(show)
            await until(lambda: "<b>1</b>" in here[-1], 20)
            assert "Redis does not answer" in here[-1]


@pytest.mark.services
async def test_two_processes_show_the_same_at_once() -> None:
    gil = await in_thread(lambda: browser(person("Gil", is_staff=True)))

    def show() -> None:
        at = timezone.now()
        exposed(member("Ada", at - timedelta(days=9)), at)
        rollup.count_events(at=at)

    with redis_server() as (url, _), serving(redis_url=url) as one, serving(redis_url=url) as other:
        async with watching(one, gil, OVERVIEW) as here, watching(other, gil, OVERVIEW) as there:
            await in_thread(show)
            await until(lambda: "<b>1</b>" in here[-1] and "<b>1</b>" in there[-1], 15)
            assert here[-1] == there[-1]
