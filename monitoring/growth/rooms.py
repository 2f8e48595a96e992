"""Open dashboards: one computation in five seconds for all viewers of the same filter, in all processes."""

from datetime import datetime
from functools import partial

from monitoring.growth import fragments
from monitoring.growth.forms import filter_of_key
from monitoring.growth.queries import PAGES
from monitoring.growth.rules.filters import DashboardFilter
from monitoring.live_refresh import Ticker, ticker_of
from presence.db import run_in_db_thread
from presence.live_pages.base import LivePage, PageGroup, register_page
from presence.rooms.base import Room
from viral_engine.accounts.identity import staff_among
from viral_engine.kernel.clock import now

RECHECKED_EVERY = 6  # ticks: a person who is no longer staff sees the page for at most half a minute more


@register_page
class GrowthPage(LivePage):
    """A dashboard that a member of staff has open."""

    pattern = r"growth:(?P<page>[a-z0-9-]{1,20}):(?P<choice>[a-z0-9_.-]{1,70})"
    room = Room
    is_for_staff = True
    choice: DashboardFilter

    async def may_open(self) -> bool:
        if self.names["page"] not in PAGES:
            return False
        found = await run_in_db_thread(partial(_opened, self.viewer.id, self.names["choice"]))
        if found is not None:
            self.choice = found
        return found is not None

    async def draw(self) -> str:
        ticker_of(self, self._ticker).begin()
        return "".join(
            await run_in_db_thread(partial(fragments.rendered_cards, self.names["page"], self.choice, now()))
        )

    def _ticker(self, group: PageGroup) -> "GrowthTicker":
        return GrowthTicker(group, self.names["page"], self.choice)


def _opened(user_id: int, key: str) -> DashboardFilter | None:
    """2 queries."""
    return filter_of_key(key) if staff_among([user_id]) else None


class GrowthTicker(Ticker):
    def __init__(self, group: PageGroup, page: str, choice: DashboardFilter) -> None:
        super().__init__(group)
        self._page = page
        self._choice = choice
        self._ticks = 0
        self._shown = ""  # used only without Redis

    @property
    def every_s(self) -> float:
        return fragments.TICK_S

    async def tick(self, at: datetime) -> None:
        self.show(await run_in_db_thread(partial(self._draw, at)))
        self._ticks += 1
        if self._ticks % RECHECKED_EVERY == 0:
            people = [page.viewer.id for page in self.viewers]
            self.send_away(people, but=await run_in_db_thread(partial(staff_among, people)))

    def _draw(self, at: datetime) -> dict[str, str]:
        """Push changes to all processes; without Redis, return them to be shown in this process only."""
        if fragments.push_page(self._page, self._choice, at) is not None:
            return {}
        before, self._shown = self._shown, "".join(fragments.rendered_cards(self._page, self._choice, at))
        return {fragments.UPDATE: self._shown} if self._shown != before else {}
