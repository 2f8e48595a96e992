"""Clients of sockets and of live pages in this process, without a network where none is needed."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import websockets
from channels.testing import WebsocketCommunicator

from presence.node import this_node
from presence.tokens import token_for
from tests.sockets import InProcessServer
from viral_engine.accounts.models import User
from viral_engine.asgi import application
from viral_engine.kernel.clock import now


async def live(server: InProcessServer, page: str, cookies: str) -> websockets.ClientConnection:
    url = f"ws://127.0.0.1:{server.port}/live/{page}/"
    return await websockets.connect(url, origin=websockets.Origin(server.url), additional_headers={"Cookie": cookies})


MATH = "subject:math"
ORIGIN = (b"origin", b"http://127.0.0.1:8000")


class SocketClient(WebsocketCommunicator):  # type: ignore[misc]  # channels is untyped
    """One socket; `texts` holds the objects the server sent, so that a test can see which are shared."""

    def __init__(self, user: User) -> None:
        super().__init__(application, f"/socket/websocket?vsn=2.0.0&token={token_for(user, now())}", [ORIGIN])
        self.texts: list[str] = []

    async def frame(self, wanted: Callable[[list[Any]], object]) -> list[Any]:
        while True:
            message = await self.receive_output(timeout=5)
            self.texts.append(message["text"])
            frame: list[Any] = json.loads(message["text"])
            if wanted(frame):
                return frame

    async def join(self, topic: str) -> dict[str, Any]:
        await self.send_to(text_data=json.dumps([topic, topic, topic, "phx_join", {}]))
        answer: dict[str, Any] = (await self.frame(lambda frame: frame[1] == topic and frame[3] == "phx_reply"))[4]
        return answer

    async def settle(self) -> None:
        """Wait until nothing arrives any more."""
        while not await self.receive_nothing(timeout=0.4):
            self.texts.append((await self.receive_output())["text"])


@asynccontextmanager
async def clients(*users: User) -> AsyncIterator[list[SocketClient]]:
    opened = [SocketClient(user) for user in users]
    for one in opened:
        assert (await one.connect(timeout=5))[0]
    yield opened
    for one in opened:
        await one.disconnect()
    await (await this_node()).stop()


class Reader:
    """A member of a topic that remembers whether it was cut for being slow."""

    socket_id = ""
    hidden: frozenset[int] = frozenset()
    unseen: frozenset[int] = frozenset()

    def __init__(self) -> None:
        self.was_cut = False

    def resync(self) -> None: ...

    def cut(self) -> None:
        self.was_cut = True
