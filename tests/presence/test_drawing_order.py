"""Pushes to a live page while it is being drawn."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from django.db import OperationalError

from presence.live_pages import base
from presence.live_pages.base import LivePage
from presence.rooms.base import Room
from presence.runtime import Runtime
from presence.transport.outlets import PreparedMessage, QueuedOutlet
from tests.presence.viewers import ADA
from tests.sockets import until
from viral_engine.kernel import pubsub
from viral_engine.kernel.clock import now
from viral_engine.kernel.pubsub.envelope import Envelope
from viral_engine.kernel.pubsub.sender import send


class Screen(QueuedOutlet):
    """The messages that the browser got, and the code that closed it."""

    def __init__(self) -> None:
        super().__init__(self._note)
        self.got: list[str] = []
        self.code = 0

    async def _note(self, message: dict[str, int]) -> None:
        self.code = message.get("code", 0)

    def put(self, packed: PreparedMessage) -> bool:
        self.got.append(packed.text)
        return True


class GatedPage(LivePage):
    """Each drawing begins at once and ends when the test lets it."""

    pattern = r"gated:.*"
    room = Room
    begun = 0
    failure: Exception | None = None

    async def draw(self) -> str:
        self.begun += 1
        number = self.begun
        await self.gate.wait()
        self.gate.clear()
        failure, self.failure = self.failure, None
        if failure is not None:
            raise failure
        return f"whole {number}"

    gate: asyncio.Event


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[GatedPage, Screen]]:
    """A page that is being drawn for the first time."""
    pubsub.bind_server_loop(asyncio.get_running_loop())
    runtime, screen, topic = Runtime.create(lambda _: None), Screen(), f"gated:{time.time_ns()}"
    await runtime.hub.start()
    page = GatedPage(
        runtime=runtime, viewer=ADA, topic=topic, names={}, outlet=screen, opened_at=now(), on_leave=lambda _: None
    )
    page.gate = asyncio.Event()
    await page.open()
    await until(lambda: page.begun == 1)
    yield page, screen
    page.leave()
    await runtime.stop()


async def push(page: GatedPage, screen: Screen, *htmls: str) -> None:
    """Publish fragments, and wait until this process has received them."""
    local = page._runtime.hub.topics[page.topic]
    seen = local.cursor[1]
    for html in htmls:
        text = f'[null,null,"{page.topic}","said",{{}}]'
        send(Envelope(page.topic, pubsub.group_name(page.topic), text, html, "must", ""))
    await until(lambda: local.cursor[1] == seen + len(htmls))


async def test_pushes_wait_for_the_drawing_under_way() -> None:
    async with opened() as (page, screen):
        await push(page, screen, "one", "two")
        assert screen.got == []
        page.gate.set()
        await until(lambda: len(screen.got) == 3)
        assert screen.got == ["whole 1", "one", "two"]
        await push(page, screen, "three")
        assert screen.got[3:] == ["three"]


async def test_many_requests_during_a_drawing_are_one_more_drawing() -> None:
    async with opened() as (page, screen):
        for _ in range(5):
            page.resync()
        page.gate.set()
        await until(lambda: page.begun == 2)
        await push(page, screen, "one")
        page.gate.set()
        await until(lambda: len(screen.got) == 3)
        assert screen.got == ["whole 1", "whole 2", "one"]
        assert page.begun == 2
        page.resync()
        await until(lambda: page.begun == 3)


async def test_too_many_pushes_are_a_drawing_more() -> None:
    async with opened() as (page, screen):
        await push(page, screen, *("line" for _ in range(300)))
        page.gate.set()
        await until(lambda: page.begun == 2)
        assert len(screen.got) < 300


async def test_a_page_without_a_database_is_drawn_once_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "AGAIN_S", 0.05)
    async with opened() as (page, screen):
        page.failure = OperationalError("the database is away")
        await push(page, screen, "one")
        page.gate.set()
        await until(lambda: page.begun == 2)
        page.gate.set()
        await until(lambda: len(screen.got) == 2)
        assert screen.got == ["whole 2", "one"]


async def test_a_page_that_cannot_be_drawn_is_opened_again_by_its_browser(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with opened() as (page, screen):
        page.failure = ValueError("a bug")
        page.gate.set()
        await until(lambda: screen.code == 1013)
        assert "cannot be drawn" in caplog.text
