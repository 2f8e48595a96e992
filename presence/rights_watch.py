"""Finds the people whose rights any writer changed, and has their sockets and pages follow."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from functools import partial

from presence.background import log_failure
from presence.db import run_in_db_thread
from viral_engine.accounts.models import RightsChange

MAX_READ = 2_000
GAP_S = 15.0  # a transaction that commits later than this after a newer one is found by the recheck of everybody
BEFORE_START = 500  # changes read again at the start, because they may have been committed out of order

Apply = Callable[[Collection[int]], Awaitable[None]]


class RightsWatch:
    """Reads the log of changed rights and calls `apply` with the people of new rows.

    Ids are given before the commit, so a row may appear behind one that was read: the ids of the last 15 s are read
    again, and those that were applied are skipped.

    Cost  1 query along the primary key a look, whatever the number of sockets. All who wait share the next look.
    """

    def __init__(self, apply: Apply) -> None:
        self._apply = apply
        self._floor: int | None = None  # every row up to this id was applied
        self._applied: set[int] = set()
        self._newest: deque[tuple[float, int]] = deque()  # (when read, newest id)
        self._running: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None

    @property
    def is_looking(self) -> bool:
        return self._running is not None and not self._running.done()

    async def confirm(self) -> None:
        """Return once every change that was committed before this call is applied in this process.

        Raises  django.db.Error; then nothing is known.
        """
        if self._next is None:
            self._next = asyncio.get_running_loop().create_task(self._look_after(self._running))
            self._next.add_done_callback(log_failure)
        await asyncio.shield(self._next)

    async def _look_after(self, running: asyncio.Task[None] | None) -> None:
        if running is not None:
            await asyncio.wait([running])  # it may have read before the change
        self._running, self._next = self._next, None
        await self._look()

    async def _look(self) -> None:
        now_s = asyncio.get_running_loop().time()
        if self._floor is None:
            newest = await run_in_db_thread(RightsChange.objects.newest_id)
            self._floor = max(0, newest - BEFORE_START)
        while True:
            rows = await run_in_db_thread(partial(RightsChange.objects.after, self._floor, MAX_READ))
            fresh = [(change_id, user_id) for change_id, user_id in rows if change_id not in self._applied]
            if fresh:
                await self._apply({user_id for _, user_id in fresh})
                self._applied.update(change_id for change_id, _ in fresh)
            self._forget(now_s, rows)
            if len(rows) < MAX_READ:
                return
            self._raise_floor(rows[-1][0])  # a bulk import: its ids are not read again

    def _forget(self, now_s: float, rows: list[tuple[int, int]]) -> None:
        if rows and (not self._newest or self._newest[-1][1] < rows[-1][0]):
            self._newest.append((now_s, rows[-1][0]))
        while self._newest and now_s - self._newest[0][0] > GAP_S:
            self._raise_floor(self._newest.popleft()[1])

    def _raise_floor(self, floor: int) -> None:
        self._floor = max(self._floor or 0, floor)
        self._applied = {change_id for change_id in self._applied if change_id > floor}
