"""The live page of on-call: drawn once every five seconds, whatever the number of viewers and processes."""

from collections.abc import Collection
from datetime import datetime

from django.db import DatabaseError

from monitoring import fragments
from monitoring.fragments import TICK_S, TOPIC
from monitoring.growth import rooms as growth_rooms
from monitoring.pages import snapshot
from monitoring.ticker import Ticker, ticker_of
from presence.live import LivePage, PageGroup, register_page
from presence.people import in_database
from presence.room import Room
from viral_engine.accounts.visitors import staff_among
from viral_engine.kernel.clock import now

__all__ = ["MonitoringPage", "growth_rooms"]  # presence looks for rooms in one module an app
WHOLE_EVERY = 12  # ticks; between them only what changed is sent, and a lost message heals here


def drawn_at(moments: Collection[int]) -> dict[int, str]:
    """The whole page for all who connect at this moment."""
    html = fragments.everything(snapshot(now()))
    return dict.fromkeys(moments, html)


@register_page
class MonitoringPage(LivePage):
    pattern = TOPIC
    room = Room

    async def may_open(self) -> bool:
        return await self.load(staff_among, self.viewer.id) is not None

    async def draw(self) -> str:
        ticker_of(self, MonitoringTicker).begin()
        try:
            return await self.load(drawn_at, 0) or ""
        except DatabaseError:
            return fragments.database_lost()


class MonitoringTicker(Ticker):
    """Cost  a tick is 7 queries in one process of all, and 1 in each other that has viewers, however many."""

    def __init__(self, group: PageGroup) -> None:
        super().__init__(group)
        self._sent: dict[str, str] = {}
        self._ticks = 0

    @property
    def every_s(self) -> float:
        return TICK_S

    async def tick(self, at: datetime) -> None:
        people = [page.viewer.id for page in self.viewers]
        try:
            staff, alone = await in_database(lambda: (staff_among(people), self._draw(at)))
        except DatabaseError:
            self.show({"status": fragments.database_lost()})
            self._sent.clear()
            return
        self.send_away(people, but=staff)
        self.show(alone)

    def _draw(self, at: datetime) -> dict[str, str]:
        """Published to all processes by the one that has the tick; returned, to be shown here alone, without Redis."""
        is_ours = fragments.claim_tick(at)
        if is_ours is False:
            self._sent = {}  # what pages show now, another process knows
            return {}
        changed = self._changed(fragments.regions(snapshot(at)))
        if is_ours is None:
            return changed
        for name, html in changed.items():
            fragments.push(name, html)
        return {}

    def _changed(self, regions: dict[str, str]) -> dict[str, str]:
        before, self._sent = self._sent, regions
        self._ticks += 1
        if self._ticks % WHOLE_EVERY == 0:
            return regions
        return {name: html for name, html in regions.items() if before.get(name) != html}
