"""One open page of `/live/<page>/`, which gets HTML fragments from the same hub as the JSON socket.

htmx reconnects after 1006, 1011, 1012 and 1013 only, so a live page is closed with 1001 only when its viewer may no
longer see it. Every connection begins with all live regions, so nothing is missed in between.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Collection, Hashable, Mapping
from datetime import datetime
from typing import ClassVar, TypeVar

from django.db import Error as AnyDatabaseError

from presence import metrics, rules
from presence.rooms.base import Room
from presence.runtime import Runtime
from presence.tracker.topic_presence import TopicPresence
from presence.transport.local_topic import LocalTopic
from presence.transport.outlets import HoldingOutlet, Outlet, PreparedMessage, close_with_timeout
from viral_engine.accounts.viewer_profiles import ViewerProfile

logger = logging.getLogger(__name__)
AGAIN_S = 1.0  # after a drawing that met no database
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
C = TypeVar("C")


class LivePage:
    """Subclasses name their topics and draw their regions; `draw` is called at every connection and every resync.

    One drawing at a time. Pushes that arrive meanwhile are held and sent after it: the page drops those it has by their
    ids, and puts the lines of a list in the order of their numbers.
    """

    pattern: ClassVar[str]
    room: ClassVar[type[Room]]  # of the page's own topic
    is_for_staff: ClassVar[bool] = False  # opens in the allowed networks, for a staff session that lasts

    def __init__(  # one page, named facts
        self,
        *,
        runtime: Runtime,
        viewer: ViewerProfile,
        topic: str,
        names: dict[str, str],
        outlet: Outlet,
        opened_at: datetime,
        on_leave: Callable[["LivePage"], None],
    ) -> None:
        self.viewer = viewer
        self.topic = topic
        self.names = names
        self.outlet = outlet
        self.opened_at = opened_at  # a log-out ends pages that were opened before
        self.ends_s = runtime.loop.time() + rules.life_s()
        self._runtime = runtime
        self._on_leave = on_leave
        self._locals: list[LocalTopic] = []
        self._is_open = True
        self._is_drawing = False
        self._is_due = False  # to be drawn once more after this drawing

    # -- For subclasses ----------------------------------------------------------------------------------
    async def may_open(self) -> bool:
        """Whether the viewer may see the page; by default every signed-in person may."""
        return True

    async def draw(self) -> str:
        """All live regions of the page, each with the root id that it replaces."""
        return ""

    def topics(self) -> list[str]:
        """The topics whose fragments the page receives; by default its own."""
        return [self.topic]

    @property
    def opened_topics(self) -> list[str]:
        """The topics as they were at the opening; a changed profile opens no more."""
        return [local.name for local in self._locals]

    async def load(self, fetch: Callable[[Collection[K]], dict[K, V]], key: K) -> V | None:
        """Read one key together with the keys that other sockets need at this moment."""
        return await self._runtime.reads.load(fetch, key)

    def cache(self, kind: type[C]) -> C:
        """The process's one instance of a cache."""
        return self._runtime.reads.cache(kind)

    async def presence_on(self, topic: str, room: type[Room]) -> TopicPresence:
        """The presence of one of the opened topics."""
        local = next(local for local in self._locals if local.name == topic)
        return await self._runtime.presence.open(topic, room, local)

    @property
    def group(self) -> "PageGroup":
        """All pages of this topic in this process."""
        return PageGroup(self._runtime, self.topic)

    # -- For the hub and the node ------------------------------------------------------------------------
    @property
    def socket_id(self) -> str:
        return ""  # a live page publishes nothing, so no message skips it

    @property
    def hidden(self) -> frozenset[int]:
        return self.viewer.hidden

    @property
    def unseen(self) -> frozenset[int]:
        return self.viewer.hidden

    async def update_viewer(self, viewer: ViewerProfile) -> None:
        """Use the changed profile: close a page the viewer may not see, else redraw everything for it.

        A page with other topics than before is closed with 1012: htmx opens it again, with the topics of now.
        """
        self.viewer = viewer
        for local in self._locals:
            self._runtime.hub.update_block_filter(local.name, self)
        if not await self.may_open():
            self.close(rules.GOING_AWAY)
        elif self._locals and self.topics() != self.opened_topics:
            self.close(rules.RESTART)
        else:
            self.resync()

    async def open(self) -> None:
        """Follow the topics, and have the page drawn. Pushes that come in between follow the drawing."""
        self._is_drawing = True
        held = HoldingOutlet(self.outlet)
        for topic in self.topics():
            async with self._runtime.hub.hold_subscription(topic) as local:
                self._locals.append(local)
                self._runtime.hub.add(local, self, held, takes_html=True)
        self._runtime.background.spawn(self._draw_while_due(held))

    def resync(self) -> None:
        """Draw the page; while it is being drawn, once more afterwards."""
        if self._is_drawing:
            self._is_due = True
        elif self._is_open:
            self._is_drawing = True
            self._runtime.background.spawn(self._draw_while_due(self._hold()))

    def _hold(self) -> HoldingOutlet:
        held = HoldingOutlet(self.outlet)
        self._send_through(held)
        return held

    def _send_through(self, outlet: Outlet) -> None:
        for local in self._locals:
            if self in local.pages:
                local.pages[self] = outlet

    async def _draw_while_due(self, held: HoldingOutlet) -> None:
        """Draw until nothing asks for more. A page that cannot be drawn is closed, so that htmx opens it again."""
        try:
            await self._show(await self._drawn(), held)
            while self._is_open and (self._is_due or held.is_overflown):
                self._is_due = False
                held = self._hold()
                await self._show(await self._drawn(), held)
        except Exception:
            logger.exception("%s cannot be drawn", self.topic)
            self.close(rules.TRY_LATER)
        finally:
            self._is_drawing = False
            if not self._is_open:
                self._release()  # it closed during a drawing, which may have opened presence only for it

    async def _drawn(self) -> str:
        """The live regions, with rights confirmed after they were read; waits while the database is away."""
        while self._is_open:
            try:
                html = await self.draw()
                if any(local.is_guarded for local in self._locals):
                    await self._runtime.hub.guard.confirm()
            except AnyDatabaseError as failure:
                logger.warning("%s is drawn later: %r", self.topic, failure)
                await asyncio.sleep(AGAIN_S)
            else:
                return html
        return ""

    async def _show(self, html: str, held: HoldingOutlet) -> None:
        """Send the whole and then the pushes that were held, without an await in between."""
        if not self._is_open:
            return
        self._send_through(self.outlet)
        is_read = not html or self.outlet.put(PreparedMessage(html))
        if not (held.release() and is_read):
            self.cut()

    def cut(self) -> None:
        """Close with 1013 because the client does not read."""
        metrics.QUEUE_DROPS.inc()
        self.leave()
        self.outlet.cut(rules.TRY_LATER)

    def close(self, code: int) -> None:
        self.leave()
        self._runtime.background.spawn(close_with_timeout(self.outlet, code))

    def sweep(self, now_s: float) -> None:
        """Called each second: end the page if its client does not read, or if it is too old."""
        if not self.outlet.sweep(now_s):
            self.cut()
        elif now_s > self.ends_s:
            self.close(rules.RESTART)

    def leave(self) -> None:
        """Leave all topics; calling it again changes nothing."""
        self._is_open = False
        for local in self._locals:
            self._runtime.hub.remove(local.name, self)
        self._on_leave(self)
        self._release()

    def _release(self) -> None:
        for local in self._locals:
            self._runtime.presence.release_soon(local.name)


class PageGroup:
    """The open pages of one topic in this process."""

    def __init__(self, runtime: Runtime, topic: str) -> None:
        self._runtime = runtime
        self.topic = topic

    @property
    def pages(self) -> list[LivePage]:
        local = self._runtime.hub.topics.get(self.topic)
        return [page for page in local.pages if isinstance(page, LivePage)] if local is not None else []

    def show(self, regions: Mapping[str, str]) -> None:
        """Send fragments to the pages of this process only; a newer fragment of a region replaces a waiting one."""
        local = self._runtime.hub.topics.get(self.topic)
        if local is not None:
            for name, html in regions.items():
                self._runtime.hub.send(local.pages, PreparedMessage(html, "latest", name))


_pages: list[tuple[re.Pattern[str], type[LivePage]]] = []


def register_page(page: type[LivePage]) -> type[LivePage]:
    """A decorator: `/live/<page>/` opens the page whose pattern matches."""
    _pages.append((re.compile(page.pattern), page))
    return page


def page_for(name: str) -> tuple[type[LivePage], dict[str, str]] | None:
    """The page of a path and the groups of its pattern; None for an unknown page."""
    for pattern, page in _pages:
        if found := pattern.fullmatch(name):
            return page, found.groupdict()
    return None
