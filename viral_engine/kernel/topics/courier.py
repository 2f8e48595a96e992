"""Carries parcels from any thread to the channel layer, in order, without keeping anybody waiting.

In a server process the server's own loop carries; in a worker or command, a loop in a thread of its own.
"""

import asyncio
import atexit
import logging
import threading
from collections import deque

from channels.layers import get_channel_layer
from django.conf import settings

from viral_engine.kernel.topics.history import history
from viral_engine.kernel.topics.parcel import MUST, Parcel

logger = logging.getLogger(__name__)
MOST_WAITING = 10_000
PAUSE_S = 1.0  # after a failure, so that a layer that hangs is not asked for every parcel
LAST_WORDS_S = 2.0

_server_loop: asyncio.AbstractEventLoop | None = None
_own_loop: asyncio.AbstractEventLoop | None = None
_starting = threading.Lock()


def bind_server_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Remember the loop that serves sockets: the in-memory layer may only be touched from it."""
    global _server_loop  # noqa: PLW0603  (one server, one loop)
    _server_loop = loop


def server_loop() -> asyncio.AbstractEventLoop | None:
    """The loop that serves sockets in this process, if one runs."""
    return _server_loop if _server_loop is not None and _server_loop.is_running() else None


def send(parcel: Parcel) -> None:
    """Hand over a parcel from any thread; one without a way is dropped."""
    loop = server_loop() or _loop_of_our_own()
    if loop is None:
        return
    waiting = _round_of(loop)
    if len(waiting.parcels) < MOST_WAITING:
        waiting.parcels.append(parcel)
        loop.call_soon_threadsafe(waiting.begin)


def _loop_of_our_own() -> asyncio.AbstractEventLoop | None:
    """Without Redis no other process hears, so there is nothing to carry."""
    global _own_loop  # noqa: PLW0603
    if not settings.REDIS_URL:
        return None
    with _starting:
        if _own_loop is None:
            _own_loop = asyncio.new_event_loop()
            threading.Thread(target=_own_loop.run_forever, name="courier", daemon=True).start()
            atexit.register(_last_words)
    return _own_loop


def _last_words() -> None:
    """A command that ends right after its commit still gets its messages out."""
    if _own_loop is not None:
        finished = asyncio.run_coroutine_threadsafe(_round_of(_own_loop).finished(), _own_loop)
        try:
            finished.result(LAST_WORDS_S)
        except TimeoutError:
            logger.warning("messages were left behind: the layer did not take them in time")


class Round:
    """One loop's parcels, carried one after the other so that their order stays."""

    def __init__(self) -> None:
        self.parcels: deque[Parcel] = deque()
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._carry())

    async def finished(self) -> None:
        if self._task is not None:
            await self._task

    async def _carry(self) -> None:
        while self.parcels:
            parcel = self.parcels.popleft()
            try:
                await _deliver(parcel)
            except Exception:
                # A fact was committed before this push; an unreachable layer must not undo the page that tells of it.
                logger.exception("publish to %s failed", parcel.topic)
                await asyncio.sleep(PAUSE_S)
                self.parcels.clear()  # stale by now, and the pages resync when the layer is back


async def _deliver(parcel: Parcel) -> None:
    epoch, seq = await history().append(parcel) if parcel.delivery == MUST else ("", 0)
    await get_channel_layer().group_send(parcel.group, parcel.as_message(epoch=epoch, seq=seq))


_rounds: dict[int, tuple[asyncio.AbstractEventLoop, Round]] = {}


def _round_of(loop: asyncio.AbstractEventLoop) -> Round:
    known = _rounds.get(id(loop))
    if known is None or known[0] is not loop:
        known = _rounds[id(loop)] = (loop, Round())
    return known[1]
