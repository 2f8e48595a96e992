"""Redis dies, hangs and loses its data under two web processes; nobody misses a line of the chat for good."""

import asyncio
import contextlib
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from uuid import uuid4

import pytest
from django.test import Client

from tests.factories import browser, cohort_of, person
from tests.servers import Server, free_port, redis_server
from tests.sockets import Phoenix, connected, in_thread, serving, until, watching
from viral_engine.accounts.models import Cohort, User
from viral_engine.kernel.clock import now

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
OWN_S, RETURN_S, POLL_S = 10, 5, 8  # in the own process, elsewhere after the return, on a page meanwhile


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


@pytest.fixture
def members(catalogue: None) -> list[User]:
    return [person(name) for name in ("Ada", "Bo", "Cy", "Dee")]


@pytest.fixture
def cohort(members: list[User]) -> Cohort:
    return cohort_of(*members, at=now())


@asynccontextmanager
async def staged(members: list[User], cohort: Cohort) -> AsyncIterator[Stage]:
    topic = f"cohort:{cohort.pk}"
    readers: list[Client] = await in_thread(lambda: [browser(members[1]), browser(members[3])])
    with own_redis() as store, serving(redis_url=store.url) as first, serving(redis_url=store.url) as second:
        async with (
            connected(first, *members[:2]) as ones,
            connected(second, *members[2:]) as others,
            watching(first, readers[0], topic) as near,
            watching(second, readers[1], topic) as far,
        ):
            stage = Stage(store, (first, second), topic, [*ones, *others], [near, far])
            for client in stage.clients:
                await client.join(topic)
            await stage.say(0, "before")
            for client in stage.clients:
                await client.hears(topic, "new_message")
            yield stage


@pytest.mark.parametrize(("stop", "go_on"), [(Store.kill, Store.start), (Store.hang, Store.go_on)])
async def test_lines_said_while_redis_is_away_are_heard_here_at_once_and_everywhere_after(
    members: list[User], cohort: Cohort, stop: Callable[[Store], None], go_on: Callable[[Store], None]
) -> None:
    async with staged(members, cohort) as stage:
        await in_thread(lambda: stop(stage.store))
        await asyncio.gather(stage.say(0, "from the first"), stage.say(2, "from the second"))
        await until(lambda: "from the first" in stage.heard(1), OWN_S)
        await until(lambda: "from the second" in stage.heard(3), OWN_S)
        await until(lambda: stage.shows(0, "from the second") and stage.shows(1, "from the first"), POLL_S)
        assert "from the first" not in stage.heard(3)
        assert {stage.delays(client)[-1] for client in range(4)} == {True}
        await in_thread(lambda: go_on(stage.store))
        every = ["before", "from the first", "from the second"]
        await until(lambda: all(sorted(stage.heard(client)) == every for client in range(4)), RETURN_S)
        await until(lambda: all(stage.delays(client)[-1] is False for client in range(4)), RETURN_S)
        assert all(stage.clients[client].events(stage.topic, "resync") for client in range(4))
        await stage.say(1, "after")
        await until(lambda: all(stage.heard(client)[-1] == "after" for client in range(4)))
        assert [sorted(stage.heard(client)) for client in range(4)] == [["after", *every]] * 4  # nothing twice
