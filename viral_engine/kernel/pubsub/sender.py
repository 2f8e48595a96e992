"""Send messages from any thread to the channel layer, in order, without blocking the caller.

In a server process the server's own loop sends; in a worker or command, a loop in a thread of its own.
"""

import asyncio
import atexit
import logging
import threading
from collections import deque
from collections.abc import Sequence

from channels.layers import get_channel_layer
from django.conf import settings

from viral_engine.kernel.pubsub.envelope import MUST, Envelope
from viral_engine.kernel.pubsub.history import history

logger = logging.getLogger(__name__)
MAX_QUEUED = 10_000
MAX_TOGETHER = 200
PAUSE_S = 1.0  # after a failure, so that a layer that hangs does not cost a timeout for every message
FLUSH_S = 2.0

_server_loop: asyncio.AbstractEventLoop | None = None
_own_loop: asyncio.AbstractEventLoop | None = None
_starting = threading.Lock()


def bind_server_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Remember the loop that serves sockets: the in-memory layer may be used only from it."""
    global _server_loop  # noqa: PLW0603  (one server, one loop)
    _server_loop = loop


def server_loop() -> asyncio.AbstractEventLoop | None:
    """Return the loop that serves sockets in this process, if one runs."""
    return _server_loop if _server_loop is not None and _server_loop.is_running() else None


def send(envelope: Envelope) -> None:
    """Queue a message from any thread; it is dropped when the queue is full or no other process could receive it."""
    loop = server_loop() or _sending_loop()
    if loop is None:
        return
    queue = _queue_of(loop)
    if len(queue.envelopes) < MAX_QUEUED:
        queue.envelopes.append(envelope)
        loop.call_soon_threadsafe(queue.start)


def _sending_loop() -> asyncio.AbstractEventLoop | None:
    """Start this process's sending loop; None without Redis, where no other process could receive a message."""
    global _own_loop  # noqa: PLW0603
    if not settings.REDIS_URL:
        return None
    with _starting:
        if _own_loop is None:
            _own_loop = asyncio.new_event_loop()
            threading.Thread(target=_own_loop.run_forever, name="pubsub-sender", daemon=True).start()
            atexit.register(_flush)
    return _own_loop


def _flush() -> None:
    """Wait for the queue at exit, so that a command that ends right after its commit still sends its messages."""
    if _own_loop is not None:
        finished = asyncio.run_coroutine_threadsafe(_queue_of(_own_loop).finished(), _own_loop)
        try:
            finished.result(FLUSH_S)
        except TimeoutError:
            logger.warning("messages were lost: the channel layer did not accept them in time")


class SendQueue:
    """The messages that one loop sends in their order; those that wait are numbered and published together."""

    def __init__(self) -> None:
        self.envelopes: deque[Envelope] = deque()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._send_all())

    async def finished(self) -> None:
        if self._task is not None:
            await self._task

    async def _send_all(self) -> None:
        while self.envelopes:
            waiting = [self.envelopes.popleft() for _ in range(min(len(self.envelopes), MAX_TOGETHER))]
            try:
                await _deliver(waiting)
            except Exception:
                # The facts are committed: an unreachable layer must not fail the request that caused the push.
                logger.exception("%s messages from %s on were not published", len(waiting), waiting[0].topic)
                await asyncio.sleep(PAUSE_S)
                self.envelopes.clear()  # stale by now; pages resync when the layer is back


async def _deliver(envelopes: Sequence[Envelope]) -> None:
    """Number and publish messages in their order. Cost  two Redis round trips, one without `must` messages."""
    numbered = iter(await history().append_all([one for one in envelopes if one.delivery == MUST]))
    messages = []
    for one in envelopes:
        epoch, seq = next(numbered) if one.delivery == MUST else ("", 0)
        messages.append((one.group, one.as_message(epoch=epoch, seq=seq)))
    await get_channel_layer().group_send_all(messages)


_queues: dict[int, tuple[asyncio.AbstractEventLoop, SendQueue]] = {}


def _queue_of(loop: asyncio.AbstractEventLoop) -> SendQueue:
    known = _queues.get(id(loop))
    if known is None or known[0] is not loop:
        known = _queues[id(loop)] = (loop, SendQueue())
    return known[1]
