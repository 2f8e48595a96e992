"""Open dashboards: one computation in five seconds for all who look at the same choice, in all processes."""

import asyncio
import logging
from functools import partial
from weakref import WeakKeyDictionary

from monitoring.growth import fragments
from monitoring.growth.forms import choice_of
from monitoring.growth.pages import PAGES
from monitoring.growth.rules.choices import Choice
from presence import rules
from presence.live import LivePage, register_page
from presence.node import Node
from presence.people import in_database
from presence.room import Room
from viral_engine.accounts.visitors import staff_among
from viral_engine.kernel.clock import now

logger = logging.getLogger(__name__)
RECHECKED_EVERY = 6  # ticks: who is staff no more looks on for half a minute at the most


@register_page
class GrowthPage(LivePage):
    """A dashboard that somebody of the staff has open."""

    pattern = r"growth:(?P<page>[a-z0-9-]{1,20}):(?P<choice>[a-z0-9_.-]{1,70})"
    room = Room
    choice: Choice

    async def may_open(self) -> bool:
        if self.names["page"] not in PAGES:
            return False
        found = await in_database(partial(_opened, self.person.id, self.names["choice"]))
        if found is not None:
            self.choice = found
        return found is not None

    async def draw(self) -> str:
        return "".join(await in_database(partial(fragments.drawn, self.names["page"], self.choice, now())))

    async def open(self) -> None:
        await super().open()
        watch_of(self.node, self.topic).add(self)

    def leave(self) -> None:
        super().leave()
        watch_of(self.node, self.topic).remove(self)


def _opened(user_id: int, key: str) -> Choice | None:
    """2 queries."""
    return choice_of(key) if staff_among([user_id]) else None


class Watch:
    """This process's pages of one topic, and the clock that keeps them fresh as long as there are any."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.pages: set[GrowthPage] = set()
        self._task: asyncio.Task[None] | None = None

    def add(self, page: GrowthPage) -> None:
        self.pages.add(page)
        if self._task is None or self._task.done():
            self._task = self.node.loop.create_task(self._run())

    def remove(self, page: GrowthPage) -> None:
        self.pages.discard(page)

    async def _run(self) -> None:
        ticks = 0
        while True:
            await asyncio.sleep(fragments.TICK_S - now().timestamp() % fragments.TICK_S)
            if not self.pages:
                return
            ticks += 1
            try:
                await self._tick(is_recheck=ticks % RECHECKED_EVERY == 0)
            except Exception:
                logger.exception("a dashboard could not be drawn")  # and is tried again at the next tick

    async def _tick(self, *, is_recheck: bool) -> None:
        one = next(iter(self.pages))
        await in_database(partial(fragments.push_page, one.names["page"], one.choice, now()))
        if is_recheck:
            await self._recheck()

    async def _recheck(self) -> None:
        """Rights that were taken back; 1 query for all who look."""
        staff = await in_database(partial(staff_among, [page.person.id for page in self.pages]))
        for page in [page for page in self.pages if page.person.id not in staff]:
            page.close(rules.GOING_AWAY)


_watches: WeakKeyDictionary[Node, dict[str, Watch]] = WeakKeyDictionary()


def watch_of(node: Node, topic: str) -> Watch:
    watches = _watches.setdefault(node, {})
    for name in [name for name, watch in watches.items() if not watch.pages and name != topic]:
        del watches[name]
    return watches.setdefault(topic, Watch(node))
