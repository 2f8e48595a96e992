"""Threats 1 and 2: another site, or the same host on another port or scheme, opens our sockets from a browser."""

from collections.abc import Awaitable
from functools import partial
from typing import Any

import pytest
import websockets

from presence.tokens import token_for
from tests.factories import browser, cohort_of, person
from tests.sockets import InProcessServer, address, cookies_of, dial, in_thread, serving_in_process
from tests.sockets import live as live_page
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now

pytestmark = pytest.mark.django_db(transaction=True)


def foreign(server: InProcessServer) -> list[str]:
    """Origins that are not ours: table of finding 8."""
    host = f"127.0.0.1:{server.port}"
    same_host = [f"https://{host}", "http://127.0.0.1:1", "http://127.0.0.1", f"http://localhost:{server.port}"]
    others = ["https://evil.example", f"http://{host}.evil.example", f"http://evil.example#{host}", "null", "http://["]
    return [*same_host, *others, f"http://{host}/", f"http://{host}@evil.example"]


async def status_of(connecting: Awaitable[Any]) -> int:
    try:
        socket = await connecting
    except websockets.InvalidStatus as refused:
        return refused.response.status_code
    await getattr(socket, "socket", socket).close()
    return 101


async def test_t01_t02_a_socket_opens_for_exactly_our_origin(catalogue: None) -> None:
    def cast() -> tuple[User, int]:
        ada = person("Ada")
        return ada, cohort_of(ada, at=now()).pk

    ada, cohort_id = await in_thread(cast)
    client = await in_thread(partial(browser, ada))
    async with serving_in_process() as server:
        page = f"cohort:{cohort_id}"
        found = {
            origin: (
                await status_of(dial(server, ada, origin=origin)),
                await status_of(live_page(server, client, page, origin)),  # type: ignore[arg-type]
            )
            for origin in [server.url, *foreign(server)]
        }
        assert found == {server.url: (101, 101)} | dict.fromkeys(foreign(server), (403, 403))


async def test_t01_a_socket_without_an_origin_or_with_the_cookie_alone_is_refused(catalogue: None) -> None:
    ada = await in_thread(lambda: person("Ada"))
    client = await in_thread(partial(browser, ada))
    async with serving_in_process() as server:
        token = token_for(ada, now())
        assert await status_of(websockets.connect(address(server, token), compression=None)) == 403
        ours, cookie = websockets.Origin(server.url), {"Cookie": cookies_of(client)}
        without = websockets.connect(address(server, ""), origin=ours, additional_headers=cookie, compression=None)
        assert await status_of(without) == 403
        no_cookie = websockets.connect(f"ws://127.0.0.1:{server.port}/live/feed/", origin=ours, compression=None)
        assert await status_of(no_cookie) == 403


def test_t01_the_session_cookie_is_sent_by_our_own_pages_alone() -> None:
    client = browser(person("Ada"))
    morsel = client.post("/accounts/logout/").cookies["sessionid"]
    assert morsel["samesite"] == "Lax"
    client = browser()
    person("Bo")
    morsel = client.post("/accounts/login/", {"login": "bo", "password": "correct-horse-9"}).cookies["sessionid"]
    assert (morsel["samesite"], bool(morsel["httponly"])) == ("Lax", True)
