"""The real-time node of a process: it admits sockets and live pages, and ends them when rights change."""

import asyncio
import json
import logging
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from django.db import Error as AnyDatabaseError

from presence import metrics, rules
from presence.fact_watch import FactWatch
from presence.live_pages.base import LivePage
from presence.rights_watch import RightsWatch
from presence.rooms.base import is_guarded
from presence.runtime import Runtime
from presence.sockets.socket import Socket, UserTraffic
from presence.subject_cache import SubjectCache
from presence.transport import shutdown
from presence.transport.guard import Guard
from presence.transport.outlets import Outlet
from viral_engine.accounts.viewer_profiles import ViewerProfile, viewer_profiles_of
from viral_engine.kernel import clock

logger = logging.getLogger(__name__)
SWEEP_S = 1.0
FACTS_S = 3.0  # between two looks for rows that no message announced
POLL_S = 5.0  # pages are drawn this often while messages of other processes do not arrive
RECHECK_S = 300.0  # everybody's rights are read again, in case a change was committed behind newer ones
RECHECKED_AT_ONCE = 400
MAX_HANDSHAKE_S = 60.0
PAGES_PER_USER = 10


def viewers_today(ids: Collection[int]) -> dict[int, ViewerProfile]:
    return viewer_profiles_of(ids, today=clock.today(clock.now()))


class RealtimeNode:
    """One per event loop that serves sockets."""

    def __init__(self) -> None:
        self.rights = RightsWatch(self._apply_changes)
        self.runtime = Runtime.create(self._on_control, Guard(is_guarded, self.rights.confirm), self._on_outage)
        self.facts = FactWatch(self.runtime.hub)
        self.traffic: dict[int, UserTraffic] = {}  # by user id
        self.live: dict[int, set[LivePage]] = {}  # by user id
        self._rights_changed_s: dict[int, float] = {}  # user id -> when
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        shutdown.watch_signals()
        await self.runtime.hub.start()
        self._tasks = [
            self.runtime.loop.create_task(work) for work in (self._sweep(), self._poll(), self._find_facts())
        ]

    async def stop(self) -> None:
        """End the process's work; people stay visible until its lease runs out, or they reconnect elsewhere."""
        for task in self._tasks:
            task.cancel()
        await self.runtime.stop()

    async def viewer(self, user_id: int) -> ViewerProfile | None:
        return await self.runtime.reads.load(viewers_today, user_id)

    # -- Sockets -----------------------------------------------------------------------------------------
    @property
    def sockets(self) -> list[Socket]:
        return [socket for traffic in self.traffic.values() for socket in traffic.sockets]

    def allows_handshake(self, user_id: int) -> bool:
        """Count a handshake, before anything is read for it."""
        return self.traffic.setdefault(user_id, UserTraffic()).handshakes.allows(self.runtime.loop.time())

    def has_room_for_socket(self, user_id: int) -> bool:
        return len(self._sockets_of(user_id)) < rules.SOCKETS_PER_USER

    def admit(self, viewer: ViewerProfile, outlet: Outlet, *, issued_at: datetime, read_s: float) -> Socket:
        """Open a socket for a viewer whose profile was read at `read_s` or later."""
        traffic = self.traffic.setdefault(viewer.id, UserTraffic())
        socket = Socket(self.runtime, viewer, outlet, traffic, issued_at=issued_at)
        traffic.sockets.add(socket)
        metrics.SOCKETS.inc()
        if self.runtime.hub.is_cut_off:
            socket.show_delay(is_delayed=True)
        self._refresh_if_stale(viewer.id, read_s)
        return socket

    def dismiss(self, socket: Socket, *, is_restart: bool) -> None:
        """Forget a socket that either side has closed; calling it again changes nothing."""
        socket.leave(is_restart=is_restart)
        if socket in socket.traffic.sockets:
            metrics.SOCKETS.dec()
            socket.traffic.sockets.discard(socket)

    def _sockets_of(self, user_id: int) -> list[Socket]:
        traffic = self.traffic.get(user_id)
        return list(traffic.sockets) if traffic is not None else []

    # -- Live pages --------------------------------------------------------------------------------------
    @property
    def pages(self) -> list[LivePage]:
        return [page for pages in self.live.values() for page in pages]

    def has_room_for_page(self, user_id: int) -> bool:
        return len(self.live.get(user_id, ())) < PAGES_PER_USER

    def open_page(self, page: LivePage, *, read_s: float) -> None:
        """Keep a page whose viewer's profile was read at `read_s` or later."""
        self.live.setdefault(page.viewer.id, set()).add(page)
        self._refresh_if_stale(page.viewer.id, read_s)

    def forget_page(self, page: LivePage) -> None:
        pages = self.live.get(page.viewer.id, set())
        pages.discard(page)
        if not pages:
            self.live.pop(page.viewer.id, None)

    # -- While other processes cannot be heard -----------------------------------------------------------
    def _on_outage(self) -> None:
        """Have every page of this process say that it may be late, or that it no longer is."""
        for socket in self.sockets:
            socket.show_delay(is_delayed=self.runtime.hub.is_cut_off)

    async def _poll(self) -> None:
        """Draw the open pages from the database while nothing else tells them of changes."""
        while True:
            await asyncio.sleep(POLL_S)
            for page in self.pages if self.runtime.hub.is_cut_off else ():
                page.resync()

    async def _find_facts(self) -> None:
        while True:
            try:
                await self.facts.look()
            except AnyDatabaseError as failure:
                logger.warning("rows that no message announced are looked for later: %r", failure)
            except Exception:
                logger.exception("rows that no message announced cannot be looked for")
            await asyncio.sleep(FACTS_S)

    # -- Each second -------------------------------------------------------------------------------------
    async def _sweep(self) -> None:
        loop = self.runtime.loop
        rechecked_s, day = loop.time(), clock.today(clock.now())
        while True:
            await asyncio.sleep(SWEEP_S)
            now_s = loop.time()
            for socket in self.sockets:
                socket.sweep(now_s)
            for page in self.pages:
                page.sweep(now_s)
            self._forget(now_s)
            self.runtime.presence.report_lag()
            if not self.rights.is_looking:
                self.runtime.background.spawn(self._look())
            today = clock.today(clock.now())
            if now_s - rechecked_s > RECHECK_S or today != day:  # on a birthday rights change without a write
                rechecked_s, day = now_s, today
                self.runtime.background.spawn(self._recheck([*{*self.traffic, *self.live}]))

    def _forget(self, now_s: float) -> None:
        """Drop the records of people who are gone."""
        for user_id in [user_id for user_id, traffic in self.traffic.items() if traffic.is_stale(now_s)]:
            del self.traffic[user_id]
        for user_id in [one for one, at_s in self._rights_changed_s.items() if now_s - at_s > MAX_HANDSHAKE_S]:
            del self._rights_changed_s[user_id]

    async def _recheck(self, user_ids: list[int]) -> None:
        for start in range(0, len(user_ids), RECHECKED_AT_ONCE):
            batch = user_ids[start : start + RECHECKED_AT_ONCE]
            await asyncio.gather(*(self.refresh(user_id) for user_id in batch))

    # -- Rights that change ------------------------------------------------------------------------------
    async def _look(self) -> None:
        """Apply the rights that changed in the last second, by any writer."""
        with suppress(AnyDatabaseError):  # the next second looks again
            await self.rights.confirm()

    async def _apply_changes(self, user_ids: Collection[int]) -> None:
        """Refresh these people here; who is in the middle of a handshake is refreshed once admitted."""
        now_s = self.runtime.loop.time()
        self._rights_changed_s.update(dict.fromkeys(user_ids, now_s))
        self.runtime.reads.cache(SubjectCache).forget_people(user_ids)
        await self._recheck([user_id for user_id in user_ids if self._is_here(user_id)])

    def _is_here(self, user_id: int) -> bool:
        return bool(self._sockets_of(user_id)) or user_id in self.live

    def _on_control(self, message: dict[str, Any]) -> None:
        self.runtime.background.spawn(self._handle_control(message))

    async def _handle_control(self, message: dict[str, Any]) -> None:
        _, _, _, command, payload = json.loads(message["text"])
        for user_id in payload.get("users", [payload.get("user")]):
            self._rights_changed_s[user_id] = self.runtime.loop.time()
        self.runtime.reads.cache(SubjectCache).forget_people(payload.get("users", [payload.get("user")]))
        if command == "disconnect":
            self._end(payload["user"], payload["reason"])
        elif command == "refresh":
            for user_id in payload["users"]:
                await self.refresh(user_id)

    def _refresh_if_stale(self, user_id: int, read_s: float) -> None:
        """Refresh a person whose rights changed between the read of their profile and now."""
        if self._rights_changed_s.get(user_id, float("-inf")) >= read_s:
            self.runtime.background.spawn(self.refresh(user_id))

    async def refresh(self, user_id: int) -> None:
        """Give a person's sockets and pages their current profile, or end them if the person may not be here."""
        if not self._is_here(user_id):
            return
        viewer = await self.viewer(user_id)
        if viewer is None or not viewer.may_enter:
            self._end(user_id, "not_allowed")
            return
        for socket in self._sockets_of(user_id):
            self._refresh_socket(socket, viewer)
        for page in list(self.live.get(user_id, ())):
            await self._refresh_page(page, viewer)

    @staticmethod
    def _refresh_socket(socket: Socket, viewer: ViewerProfile) -> None:
        if viewer.has_signed_out_since(socket.issued_at):
            socket.end(rules.GOING_AWAY, "signed_out")
        elif viewer != socket.viewer:
            socket.update_viewer(viewer)

    @staticmethod
    async def _refresh_page(page: LivePage, viewer: ViewerProfile) -> None:
        if viewer.has_signed_out_since(page.opened_at):
            page.close(rules.GOING_AWAY)
        elif viewer != page.viewer:
            await page.update_viewer(viewer)

    def _end(self, user_id: int, reason: str) -> None:
        for socket in self._sockets_of(user_id):
            socket.end(rules.GOING_AWAY, reason)
        for page in list(self.live.get(user_id, ())):
            page.close(rules.GOING_AWAY)


_nodes: WeakKeyDictionary[asyncio.AbstractEventLoop, "asyncio.Task[RealtimeNode]"] = WeakKeyDictionary()


async def this_node() -> RealtimeNode:
    """The node of the running loop; the first caller starts it.

    Raises  one of LAYER_FAILURES if Redis is away at the start; the next caller tries again.
    """
    loop = asyncio.get_running_loop()
    begun = _nodes.get(loop)
    if begun is None or (begun.done() and (begun.cancelled() or begun.exception() is not None)):
        _nodes[loop] = loop.create_task(_begin())
    return await asyncio.shield(_nodes[loop])


async def _begin() -> RealtimeNode:
    node = RealtimeNode()
    await node.start()
    return node


def running_node(loop: asyncio.AbstractEventLoop) -> RealtimeNode | None:
    """The node of a loop if it has started; callable from any thread."""
    task = _nodes.get(loop)
    is_running = task is not None and task.done() and not task.cancelled() and task.exception() is None
    return task.result() if task is not None and is_running else None
