"""The refresh timer of a live page: one per topic and process, running while the page has viewers here."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import TypeVar, cast
from weakref import WeakKeyDictionary

from presence.live import LivePage
from presence.node import Node
from presence.rules import GOING_AWAY
from presence.transports import Packed
from viral_engine.kernel.clock import now

logger = logging.getLogger(__name__)


class Ticker(ABC):
    """Shows viewers every few seconds what changed, as long as there are any.

    A failed tick is logged, and the next one runs as planned.
    """

    def __init__(self, node: Node, topic: str) -> None:
        self.node = node
        self.topic = topic
        self._task: asyncio.Task[None] | None = None

    @property
    @abstractmethod
    def every_s(self) -> float:
        """The pause between two ticks."""

    @abstractmethod
    async def tick(self, at: datetime) -> None:
        """Show viewers the current state, and close the pages of viewers who lost the right to look."""

    @property
    def is_awake(self) -> bool:
        return self._task is not None and not self._task.done()

    def begin(self) -> None:
        """Start the timer; a second call changes nothing."""
        if not self.is_awake:
            self._task = self.node.loop.create_task(self._run())

    @property
    def viewers(self) -> list[LivePage]:
        local = self.node.hub.topics.get(self.topic)
        return [page for page in local.pages if isinstance(page, LivePage)] if local is not None else []

    async def _run(self) -> None:
        await asyncio.sleep(self.every_s)
        while self.viewers:
            try:
                await self.tick(now())
            except Exception:
                logger.exception("a tick of %s failed", self.topic)
            await asyncio.sleep(self.every_s)

    def show(self, regions: Mapping[str, str]) -> None:
        """Send regions to the viewers in this process only; this needs no Redis."""
        local = self.node.hub.topics.get(self.topic)
        if local is not None:
            for name, html in regions.items():
                self.node.hub.send(local.pages, Packed(html, "latest", name))

    def send_away(self, people: Collection[int], *, but: Collection[int]) -> None:
        for page in self.viewers:
            if page.person.id in people and page.person.id not in but:
                page.close(GOING_AWAY)


_tickers: WeakKeyDictionary[Node, dict[str, Ticker]] = WeakKeyDictionary()
T = TypeVar("T", bound=Ticker)


def ticker_of(node: Node, topic: str, make: Callable[[Node, str], T]) -> T:
    """This process's ticker of the topic; tickers without viewers are dropped."""
    tickers = _tickers.setdefault(node, {})
    for name in [name for name, ticker in tickers.items() if not ticker.is_awake and name != topic]:
        del tickers[name]
    return cast("T", tickers.setdefault(topic, make(node, topic)))
