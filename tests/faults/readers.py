"""Sockets that come back whatever happens to their process, and remember the lines they were sent."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import websockets

from tests.concurrency import within
from tests.servers import Reachable
from tests.sockets import Phoenix, Refusal, dial
from viral_engine.accounts.models import User


@dataclass
class Reader:
    """A socket that comes back as phoenix.js does, and the numbers of the lines it was ever sent."""

    where: Reachable
    user: User
    numbers: set[int] = field(default_factory=set)
    returns: int = 0

    async def read(self, topic: str, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                client = await dial(self.where, self.user)
                await client.join(topic)
            except (OSError, Refusal, AssertionError, websockets.WebSocketException):
                await asyncio.sleep(0.05)
                continue
            self.returns += 1
            await self._listen(client, topic, stop)

    async def _listen(self, client: Phoenix, topic: str, stop: asyncio.Event) -> None:
        while client.socket.close_code is None and not stop.is_set():
            self._note(client, topic)
            await asyncio.sleep(0.02)
        self._note(client, topic)
        await client.socket.close()

    def _note(self, client: Phoenix, topic: str) -> None:
        self.numbers |= {line["number"] for line in client.events(topic, "new_message")}
        self.numbers |= {line["number"] for page in client.events(topic, "messages") for line in page["messages"]}


@contextlib.contextmanager
def listening(readers: list[Reader], topic: str) -> Iterator[None]:
    """All readers on a loop of their own."""
    stop, loop = asyncio.Event(), asyncio.new_event_loop()

    async def read_all() -> None:
        await asyncio.gather(*(reader.read(topic, stop) for reader in readers))

    thread = threading.Thread(target=lambda: loop.run_until_complete(read_all()), daemon=True)
    thread.start()
    assert within(30, lambda: all(reader.returns for reader in readers))
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        loop.close()
