"""Reads for many sockets at once: a thousand people who connect together cost a handful of queries, not a thousand."""

import asyncio
from collections.abc import Callable, Collection, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from django.db import connections

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
GATHER_S = 0.02  # under load keys are gathered this long; a lonely one is asked for at once
LARGEST_BATCH = 400

# Database work of sockets: never on Channels' one thread, and never more connections than this.
_pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="socket-db")


async def in_database(act: Callable[[], V]) -> V:
    """Run synchronous database work on a bounded pool of threads."""
    return await asyncio.get_running_loop().run_in_executor(_pool, _with_connection, act)


def _with_connection(act: Callable[[], V]) -> V:
    try:
        return act()
    finally:
        connections.close_all()  # on PostgreSQL this hands the connection back to the pool


class Batch(Generic[K, V]):
    """`load(key)` waits for one read of all keys asked for meanwhile; `fetch` leaves out keys it knows nothing of."""

    def __init__(self, fetch: Callable[[Collection[K]], dict[K, V]]) -> None:
        self._fetch = fetch
        self._waiting: dict[K, asyncio.Future[V | None]] = {}
        self._task: asyncio.Task[None] | None = None

    async def load(self, key: K) -> V | None:
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = asyncio.get_running_loop().create_future()
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())
        return await asyncio.shield(waiting)

    async def _run(self) -> None:
        try:
            await asyncio.sleep(0)
            while self._waiting:
                keys = list(self._waiting)[:LARGEST_BATCH]
                batch = {key: self._waiting.pop(key) for key in keys}
                await self._answer(batch)
                if len(batch) > 1:
                    await asyncio.sleep(GATHER_S)
        finally:
            self._task = None

    async def _answer(self, batch: dict[K, asyncio.Future[V | None]]) -> None:
        try:
            found = await in_database(lambda: self._fetch(batch.keys()))
        except Exception as failure:  # noqa: BLE001  (whoever asked is told, each in their own place)
            for waiting in batch.values():
                if not waiting.done():
                    waiting.set_exception(failure)
            return
        for key, waiting in batch.items():
            if not waiting.done():
                waiting.set_result(found.get(key))
