"""Knows whether this process receives what others publish."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from viral_engine.kernel.pubsub import group_name
from viral_engine.kernel.pubsub.sender import LAYER_FAILURES

__all__ = ["CONTROL", "LAYER_FAILURES", "LAYER_S", "LayerWatch"]

logger = logging.getLogger(__name__)
LAYER_S = 2.0  # a layer that takes longer is away
CONTROL = "control"  # messages to processes, not to sockets


class LayerWatch:
    """Pings this process through the layer, because pub/sub loses messages silently."""

    def __init__(self, on_outage: Callable[[], None]) -> None:
        self.is_cut_off = False
        self._on_outage = on_outage  # called when an outage begins and when it ends
        self._pings = self._pongs = 0
        self._ponged = asyncio.Event()

    async def ping(self, layer: Any, channel: str) -> bool:
        """Send the next ping; whether the one before was answered.

        Raises  one of LAYER_FAILURES, within 2 s.
        """
        was_answered = self._pings == self._pongs
        self._pings += 1
        async with asyncio.timeout(LAYER_S):
            await layer.send(channel, {"type": "hub.ping", "number": self._pings})
            await layer.group_add(group_name(CONTROL), channel)
        return was_answered

    def pong(self, number: int) -> None:
        self._pongs = number
        self._ponged.set()

    async def is_answered(self) -> bool:
        """Whether the last ping comes back within 2 s."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LAYER_S):
                while self._pongs != self._pings:
                    self._ponged.clear()
                    await self._ponged.wait()
        return self._pongs == self._pings

    def begin_outage(self) -> None:
        if not self.is_cut_off:
            logger.warning("this process is cut off from the others")
            self.is_cut_off = True
            self._on_outage()

    def end_outage(self) -> None:
        if self.is_cut_off:
            logger.warning("this process receives from the others again")
            self.is_cut_off = False
            self._on_outage()
