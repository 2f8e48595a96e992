"""Two web processes with a Redis of their own, and a cohort that has members and pages on both."""

import contextlib
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from uuid import uuid4

from django.test import Client

from tests.factories import browser
from tests.servers import Server, free_port, redis_server
from tests.sockets import Phoenix, connected, in_thread, serving, watching
from viral_engine.accounts.models import Cohort, User


@dataclass
class Store:
    """A Redis of the test's own, on a port that it keeps."""

    port: int
    process: "subprocess.Popen[bytes]"
    stack: contextlib.ExitStack

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def start(self) -> None:
        _, self.process = self.stack.enter_context(redis_server(self.port))

    def hang(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)


@contextmanager
def own_redis() -> Iterator[Store]:
    port = free_port()
    with contextlib.ExitStack() as stack:
        _, process = stack.enter_context(redis_server(port))
        yield Store(port, process, stack)


@dataclass
class Stage:
    """Two processes with a cohort: Ada and Bo on the first, Cy and Dee on the second, and a page of each process."""

    store: Store
    servers: tuple[Server, Server]
    topic: str
    clients: list[Phoenix]
    pages: list[list[str]]

    async def say(self, speaker: int, text: str) -> None:
        await self.clients[speaker].push(self.topic, "send_message", {"text": text, "key": str(uuid4())})

    def heard(self, client: int) -> list[str]:
        return [line["text"] for line in self.clients[client].events(self.topic, "new_message")]

    def shows(self, page: int, text: str) -> bool:
        return any(text in fragment for fragment in self.pages[page])

    def delays(self, client: int) -> list[bool]:
        return [one["delayed"] for one in self.clients[client].events("phoenix", "updates")]

    def numbers(self, client: int) -> list[int]:
        """The numbers that a client got, without those that a new epoch restarts."""
        frames = [frame[4] for frame in self.clients[client].frames if frame[2] == self.topic and frame[1] is None]
        return [payload["seq"] for payload in frames if isinstance(payload, dict) and "seq" in payload]


@asynccontextmanager
async def staged(members: list[User], cohort: Cohort) -> AsyncIterator[Stage]:
    with own_redis() as store, serving(redis_url=store.url) as first, serving(redis_url=store.url) as second:
        async with staged_on(store, (first, second), members, cohort) as stage:
            yield stage


@asynccontextmanager
async def staged_on(
    store: Store, servers: tuple[Server, Server], members: list[User], cohort: Cohort
) -> AsyncIterator[Stage]:
    """As `staged`, on servers that a module shares."""
    topic, (first, second) = f"cohort:{cohort.pk}", servers
    readers: list[Client] = await in_thread(lambda: [browser(members[1]), browser(members[3])])
    async with (
        connected(first, *members[:2]) as ones,
        connected(second, *members[2:]) as others,
        watching(first, readers[0], topic) as near,
        watching(second, readers[1], topic) as far,
    ):
        stage = Stage(store, servers, topic, [*ones, *others], [near, far])
        for client in stage.clients:
            await client.join(topic)
        await stage.say(0, "before")
        for client in stage.clients:
            await client.hears(topic, "new_message")
        yield stage
