"""Withdrawn rights and limits hold, also when a message was lost and the person reconnects."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest
import websockets

from presence import rules
from presence.tokens import token_for
from tests.factories import browser, person
from tests.presence.clients import live
from tests.sockets import Refusal, connected, cookies_of, dial, in_thread, serving_in_process, until
from viral_engine.accounts.models import User
from viral_engine.asgi import application
from viral_engine.kernel.clock import now

pytestmark = pytest.mark.django_db(transaction=True)
MATH = "subject:math"


async def sign_out_unheard(user: User) -> None:
    """As if the message to the processes were lost."""
    await in_thread(lambda: User.objects.filter(pk=user.pk).update(signed_out_at=now()))


async def test_a_log_out_whose_message_was_lost_is_made_good(catalogue: None) -> None:
    ada, bo = await in_thread(lambda: (person("Ada"), person("Bo")))
    cookies = await in_thread(lambda: cookies_of(browser(bo)))
    async with serving_in_process() as server:
        a, page = await dial(server, ada), await live(server, MATH, cookies)
        await a.join(f"user:{ada.pk}")
        for one in (ada, bo):
            await sign_out_unheard(one)
        await server.node._recheck([*{*server.node.traffic, *server.node.live}])
        assert await a.closed_with() == 1001
        assert a.events(f"user:{ada.pk}", "session_ended") == [{"reason": "signed_out"}]
        await asyncio.wait_for(page.wait_closed(), 3)
        assert page.close_code == 1001
        later = await dial(server, ada, token=token_for(ada, now() + timedelta(seconds=1)))
        await server.node.refresh(ada.pk)
        await later.join(f"user:{ada.pk}")
        await later.socket.close()


@pytest.mark.parametrize("door", ["socket", "page"])
async def test_a_log_out_in_the_middle_of_a_handshake_ends_what_it_opened(catalogue: None, door: str) -> None:
    """The card was read, the answer is on its way, and the message finds nobody here yet."""
    ada = await in_thread(lambda: person("Ada"))
    client = await in_thread(lambda: browser(ada))
    sent: list[dict[str, Any]] = []
    is_accepting, go_on, over = asyncio.Event(), asyncio.Event(), asyncio.Event()
    connects = [{"type": "websocket.connect"}]

    async def receive() -> dict[str, Any]:
        if connects:
            return connects.pop()
        await over.wait()
        return {"type": "websocket.disconnect", "code": 1001}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "websocket.accept":
            is_accepting.set()
            await go_on.wait()
        sent.append(message)

    async with serving_in_process() as server:
        query = urlencode({"vsn": "2.0.0", "token": token_for(ada, now())})
        path = "/socket/websocket" if door == "socket" else f"/live/{MATH}/"
        headers = [(b"origin", b"http://127.0.0.1:8000"), (b"cookie", cookies_of(client).encode())]
        scope = {"type": "websocket", "path": path, "query_string": query.encode(), "headers": headers}
        shaking = asyncio.create_task(application(scope, receive, send))
        await is_accepting.wait()
        await in_thread(partial(client.post, "/accounts/logout/"))
        await until(lambda: ada.pk in server.node._rights_changed_s)
        go_on.set()
        await until(lambda: sent[-1:] and sent[-1]["type"] == "websocket.close")
        assert sent[-1]["code"] == 1001
        over.set()
        await shaking


async def test_limits_outlive_the_connection_and_are_forgotten_in_time(catalogue: None) -> None:
    ada = await in_thread(lambda: person("Ada"))
    async with serving_in_process() as server:
        async with connected(server, ada) as [a]:
            await a.join(MATH)
            for _ in range(rules.BURST):
                await a.push(MATH, "practice_started", {"skill": "algebra"})
        await until(lambda: server.node.sockets == [])
        async with connected(server, ada) as [again]:
            await again.join(MATH)
            with pytest.raises(Refusal, match="rate_limited"):
                await again.push(MATH, "practice_started", {"skill": "algebra"})
            server.node._forget(server.node.runtime.loop.time() + 100)
            assert list(server.node.traffic) == [ada.pk]
        await until(lambda: server.node.sockets == [])
        server.node._forget(server.node.runtime.loop.time() + 30)
        assert list(server.node.traffic) == [ada.pk]
        server.node._forget(server.node.runtime.loop.time() + 100)
        assert server.node.traffic == {}


async def test_handshakes_of_one_person_are_limited(catalogue: None) -> None:
    ada, bo = await in_thread(lambda: (person("Ada"), person("Bo")))
    async with serving_in_process() as server:
        for _ in range(rules.HANDSHAKES):
            await (await dial(server, ada)).socket.close()
            await until(lambda: server.node.sockets == [])
        with pytest.raises(websockets.InvalidStatus) as refusal:
            await dial(server, ada)
        assert refusal.value.response.status_code == 403
        async with connected(server, bo) as [b]:
            await b.join(MATH)
