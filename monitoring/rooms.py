"""The live on-call page, drawn once every five seconds for all viewers in all processes."""

from collections.abc import Collection
from datetime import datetime

from django.db import Error as AnyDatabaseError

from monitoring import fragments
from monitoring.fragments import TICK_S, TOPIC
from monitoring.growth import rooms as growth_rooms
from monitoring.live_refresh import Ticker, ticker_of
from monitoring.queries import on_call_snapshot
from presence.db import run_in_db_thread
from presence.live_pages.base import LivePage, PageGroup, register_page
from presence.rooms.base import Room
from viral_engine.accounts.identity import staff_among
from viral_engine.kernel.clock import now

__all__ = ["MonitoringPage", "growth_rooms"]  # presence imports one rooms module per app
WHOLE_EVERY = 12  # ticks; the ticks between send only changes, and this one repairs a lost message


def drawn_at(moments: Collection[int]) -> dict[int, str]:
    """The whole page, once for all viewers who connect at the same moment."""
    html = fragments.whole_page(on_call_snapshot(now()))
    return dict.fromkeys(moments, html)


@register_page
class MonitoringPage(LivePage):
    pattern = TOPIC
    room = Room
    is_for_staff = True

    async def may_open(self) -> bool:
        return await self.load(staff_among, self.viewer.id) is not None

    async def draw(self) -> str:
        ticker_of(self, MonitoringTicker).begin()
        try:
            return await self.load(drawn_at, 0) or ""
        except AnyDatabaseError:
            return fragments.database_lost()


class MonitoringTicker(Ticker):
    """Cost  7 queries a tick in one process, and 1 in each other process with viewers, however many they are."""

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
            staff, alone = await run_in_db_thread(lambda: (staff_among(people), self._draw(at)))
        except AnyDatabaseError:
            self.show({"status": fragments.database_lost()})
            self._sent.clear()
            return
        self.send_away(people, but=staff)
        self.show(alone)

    def _draw(self, at: datetime) -> dict[str, str]:
        """Publish the changes to all processes; without Redis, return them to be shown in this process only."""
        is_ours = fragments.claim_tick(at)
        if is_ours is False:
            self._sent = {}  # another process knows what pages show now
            return {}
        changed = self._changed(fragments.regions(on_call_snapshot(at)))
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
