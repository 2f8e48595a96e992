"""Database work of sockets: a bounded pool of threads, and reads that many sockets share.

A thousand people who connect together cost a handful of queries, not a thousand.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar, cast

from django.db import connections

from presence.background import UNAVAILABLE, log_failure

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
C = TypeVar("C")
AGAIN_S = 1.0
GATHER_S = 0.02  # under load keys are collected this long; a single key is read at once
MAX_BATCH = 400

# Never Channels' single thread-sensitive thread, and never more connections than this.
_pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="socket-db")


async def run_in_db_thread(act: Callable[[], V]) -> V:
    """Run synchronous database work on a bounded pool of threads."""
    return await asyncio.get_running_loop().run_in_executor(_pool, _with_connection, act)


def _with_connection(act: Callable[[], V]) -> V:
    try:
        return act()
    finally:
        connections.close_all()  # on PostgreSQL this returns the connection to the pool


async def until_available(act: Callable[[], Awaitable[None]], is_over: Callable[[], bool]) -> None:
    """Do the work, and do it again each second while the database is away and the work is still wanted."""
    while not is_over():
        try:
            await act()
        except UNAVAILABLE:
            await asyncio.sleep(AGAIN_S)
        else:
            return


class BatchLoader(Generic[K, V]):
    """Reads all keys that are requested while a read is under way with one call of `fetch`.

    `fetch` leaves out the keys it does not find; `load` returns None for those.
    """

    def __init__(self, fetch: Callable[[Collection[K]], dict[K, V]]) -> None:
        self._fetch = fetch
        self._waiting: dict[K, asyncio.Future[V | None]] = {}
        self._task: asyncio.Task[None] | None = None

    async def load(self, key: K) -> V | None:
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = asyncio.get_running_loop().create_future()
            waiting.add_done_callback(log_failure)  # every caller may be gone by then
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())
        return await asyncio.shield(waiting)

    async def _run(self) -> None:
        try:
            await asyncio.sleep(0)
            while self._waiting:
                keys = list(self._waiting)[:MAX_BATCH]
                batch = {key: self._waiting.pop(key) for key in keys}
                await self._resolve(batch)
                if len(batch) > 1:
                    await asyncio.sleep(GATHER_S)
        finally:
            self._task = None

    async def _resolve(self, batch: dict[K, asyncio.Future[V | None]]) -> None:
        try:
            found = await run_in_db_thread(lambda: self._fetch(batch.keys()))
        except Exception as failure:  # noqa: BLE001  (every caller gets the failure as its own)
            for waiting in batch.values():
                if not waiting.done():
                    waiting.set_exception(failure)
            return
        for key, waiting in batch.items():
            if not waiting.done():
                waiting.set_result(found.get(key))


class SharedReads:
    """The batch loaders and caches of one process."""

    def __init__(self) -> None:
        self._loaders: dict[Callable[..., Any], BatchLoader[Any, Any]] = {}
        self._caches: dict[type[Any], Any] = {}

    async def load(self, fetch: Callable[[Collection[K]], dict[K, V]], key: K) -> V | None:
        """The value of one key, read together with the other keys requested at this moment."""
        if fetch not in self._loaders:
            self._loaders[fetch] = BatchLoader(fetch)
        return await cast("BatchLoader[K, V]", self._loaders[fetch]).load(key)

    def cache(self, kind: type[C]) -> C:
        """The process's one instance of `kind`, created at first use."""
        if kind not in self._caches:
            self._caches[kind] = kind()
        return cast("C", self._caches[kind])
