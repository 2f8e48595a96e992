"""The refresh timer of a live page: one per topic and process, running while the page has viewers here."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import TypeVar, cast

from presence.live_pages.base import LivePage, PageGroup
from presence.rules import GOING_AWAY
from viral_engine.kernel.clock import now

logger = logging.getLogger(__name__)


class Ticker(ABC):
    """Shows changes to viewers every few seconds, as long as there are viewers.

    A failed tick is logged, and the next one runs as planned.
    """

    def __init__(self, group: PageGroup) -> None:
        self.group = group
        self._task: asyncio.Task[None] | None = None

    @property
    @abstractmethod
    def every_s(self) -> float:
        """The pause between two ticks."""

    @abstractmethod
    async def tick(self, at: datetime) -> None:
        """Show viewers the current state, and close the pages of viewers who lost access."""

    @property
    def is_awake(self) -> bool:
        return self._task is not None and not self._task.done()

    def begin(self) -> None:
        """Start the timer; a second call changes nothing."""
        if not self.is_awake:
            self._task = asyncio.get_running_loop().create_task(self._run())

    @property
    def viewers(self) -> list[LivePage]:
        return self.group.pages

    async def _run(self) -> None:
        await asyncio.sleep(self.every_s)
        while self.viewers:
            try:
                await self.tick(now())
            except Exception:
                logger.exception("a tick of %s failed", self.group.topic)
            await asyncio.sleep(self.every_s)

    def show(self, regions: Mapping[str, str]) -> None:
        """Send regions to the viewers in this process only; this needs no Redis."""
        self.group.show(regions)

    def send_away(self, people: Collection[int], *, but: Collection[int]) -> None:
        for page in self.viewers:
            if page.viewer.id in people and page.viewer.id not in but:
                page.close(GOING_AWAY)


class Tickers(dict[str, Ticker]):
    """The tickers of one process, by topic."""


T = TypeVar("T", bound=Ticker)


def ticker_of(page: LivePage, make: Callable[[PageGroup], T]) -> T:
    """This process's ticker of the page's topic; tickers without viewers are dropped."""
    tickers = page.cache(Tickers)
    for name in [name for name, ticker in tickers.items() if not ticker.is_awake and name != page.topic]:
        del tickers[name]
    return cast("T", tickers.setdefault(page.topic, make(page.group)))
