"""How sockets end that do not want to: both ends are in this process."""

import asyncio
import json
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from presence import rules
from presence.live_pages.base import LivePage
from presence.sockets.socket import Socket
from presence.tokens import token_for
from tests.factories import browser, person
from tests.presence.clients import live
from tests.sockets import DeafClient, InProcessServer, connected, cookies_of, in_thread, serving_in_process, until
from viral_engine.accounts.models import User
from viral_engine.kernel import pubsub
from viral_engine.kernel.clock import now

pytestmark = pytest.mark.django_db(transaction=True)
MATH = "subject:math"


async def deaf(server: InProcessServer, user: User) -> DeafClient:
    query = urlencode({"vsn": "2.0.0", "token": token_for(user, now())})
    return await DeafClient.dial(server, f"/socket/websocket?{query}")


def everyone(server: InProcessServer) -> list[Socket | LivePage]:
    return [*server.node.sockets, *server.node.pages]


async def fill(count: int, event: str = "new_activity") -> None:
    for number in range(count):
        pubsub.publish_now(MATH, event, {"n": number, "text": "x" * 20_000}, delivery="drop")
        await asyncio.sleep(0.002)


async def test_a_closed_socket_that_does_not_read_is_cut_and_joins_nothing_more(
    catalogue: None, short_waits: Callable[..., None]
) -> None:
    short_waits(CLOSING_S=1.0, ABORT_AFTER_S=0.2)
    ada = await in_thread(lambda: person("Ada"))
    async with serving_in_process() as server:
        client = await deaf(server, ada)
        await client.say(json.dumps(["1", "1", MATH, "phx_join", {}]))
        await until(lambda: any(socket.memberships for socket in server.node.sockets))
        [socket] = server.node.sockets
        transport = socket.outlet.transport  # type: ignore[attr-defined]
        while transport.get_write_buffer_size() <= rules.CONGESTED:
            await fill(20)
        await client.say(b"binary is refused")
        await until(lambda: not socket.is_open)
        await client.say(json.dumps(["2", "2", MATH, "phx_join", {}]))
        await asyncio.sleep(0.2)
        assert socket.memberships == {}
        waiting = transport.get_write_buffer_size()
        await fill(20)
        assert transport.get_write_buffer_size() <= waiting
        await until(lambda: server.node.sockets == [], patience_s=rules.CLOSING_S + 3)
        assert transport.get_write_buffer_size() == 0
        async with connected(server, ada) as [again]:
            await again.join(MATH)


async def test_a_closed_socket_that_holds_little_is_let_go_too(
    catalogue: None, short_waits: Callable[..., None]
) -> None:
    """Its close is written at once, and then the end of the transport waits for a reader."""
    short_waits(CLOSING_S=1.0, ABORT_AFTER_S=0.2)
    ada = await in_thread(lambda: person("Ada"))
    async with serving_in_process() as server:
        client = await deaf(server, ada)
        await client.say(json.dumps(["1", "1", MATH, "phx_join", {}]))
        await until(lambda: any(socket.memberships for socket in server.node.sockets))
        [socket] = server.node.sockets
        transport = socket.outlet.transport  # type: ignore[attr-defined]
        while not transport.get_write_buffer_size():
            await fill(1)
        await client.say(b"binary is refused")
        await until(lambda: server.node.sockets == [])
        assert transport.get_write_buffer_size() > 0
        await until(lambda: transport.get_write_buffer_size() == 0, patience_s=rules.CLOSING_S + 3)


async def test_a_live_page_that_does_not_read_is_cut(catalogue: None, short_waits: Callable[..., None]) -> None:
    short_waits(CONGESTED_S=1.0, SWEEP_S=0.2, CLOSING_S=1.0, ABORT_AFTER_S=0.2)
    ada = await in_thread(lambda: person("Ada"))
    cookies = await in_thread(lambda: cookies_of(browser(ada)))
    async with serving_in_process() as server:
        client = await DeafClient.dial(server, f"/live/{MATH}/", f"Cookie: {cookies}")
        await until(lambda: server.node.pages and server.node.runtime.presence.get(MATH))
        [page] = server.node.pages
        transport = page.outlet.transport  # type: ignore[attr-defined]
        while transport.get_write_buffer_size() <= rules.CONGESTED:
            audience = server.node.runtime.presence.get(MATH)
            assert audience is not None
            audience.redraw_counts(lambda _: "x" * 20_000)
            await asyncio.sleep(0.002)
        await until(lambda: server.node.pages == [], patience_s=rules.CONGESTED_S + 3)
        await until(lambda: transport.get_write_buffer_size() == 0)
        client.plug.close()


async def test_nobody_stays_for_longer_than_half_a_day_and_everybody_is_sent_back(catalogue: None) -> None:
    ada = await in_thread(lambda: person("Ada"))
    cookies = await in_thread(lambda: cookies_of(browser(ada)))
    async with serving_in_process() as server:
        page = await live(server, MATH, cookies)
        async with connected(server, ada, ada, ada) as clients:
            ends = [one.ends_s for one in everyone(server)]
            assert len(set(ends)) == 4
            for one in everyone(server):
                one.sweep(server.node.runtime.loop.time() + 10 * 3600)
            assert [client.is_open for client in server.node.sockets] == [False] * 3  # silent for long
            assert len(server.node.pages) == 1
            assert {await client.closed_with() for client in clients} == {4002}
        async with connected(server, ada) as [client]:
            for one in everyone(server):
                one.sweep(server.node.runtime.loop.time() + 12 * 3600)
            assert await client.closed_with() == 1012
            await page.wait_closed()
            assert page.close_code == 1012
