"""Background tasks: failures are logged, and a stop cancels what is left."""

import asyncio
from collections.abc import Collection

import pytest

from presence.background import BackgroundTasks
from presence.db import BatchLoader
from tests.sockets import until


async def test_a_failed_task_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise RuntimeError("broken")

    background = BackgroundTasks()
    background.spawn(fail())
    await asyncio.sleep(0.01)
    assert "a background task of a socket failed" in caplog.text
    assert "broken" in caplog.text


async def test_a_read_that_fails_when_its_reader_is_gone_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def fetch(_: Collection[int]) -> dict[int, str]:
        raise RuntimeError("broken")

    reader = asyncio.create_task(BatchLoader(fetch).load(7))
    await asyncio.sleep(0)
    reader.cancel()
    await until(lambda: "broken" in caplog.text)


async def test_a_stop_cancels_tasks_under_way(caplog: pytest.LogCaptureFixture) -> None:
    ended: list[str] = []

    async def wait() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("cancelled")

    background = BackgroundTasks()
    background.spawn(wait())
    await asyncio.sleep(0)
    background.cancel_all()
    await asyncio.sleep(0.01)
    assert ended == ["cancelled"]
    assert caplog.text == ""
