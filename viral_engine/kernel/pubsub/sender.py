"""Send messages from any thread to the channel layer, in order, without blocking the caller.

In a server process the server's own loop sends; in a worker or command, a loop in a thread of its own. While the layer
is away, messages reach the sockets of this process at once, and all others when it is back.
"""

import asyncio
import atexit
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings
from redis.exceptions import RedisError

from viral_engine.kernel.pubsub.envelope import MUST, Envelope
from viral_engine.kernel.pubsub.history import Cursor, history

logger = logging.getLogger(__name__)
MAX_QUEUED = 10_000
MAX_TOGETHER = 200
SEND_S = 2.5  # a layer that takes longer is away
PAUSE_S = 1.0  # between two attempts to reach a layer that is away
FLUSH_S = 2.0
# RuntimeError: uvloop raises it for a write to a connection that was reset and not read since.
LAYER_FAILURES = (RedisError, OSError, RuntimeError)

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


@dataclass(frozen=True, slots=True)
class Receiver:
    """The hub of this process: its name among all hubs, and how it takes a message that the layer did not take."""

    name: str
    receive: Callable[[dict[str, Any]], None]


def bind_receiver(receiver: Receiver | None) -> None:
    """Deliver the messages of the running loop here while the layer is away; None for nowhere."""
    _queue_of(asyncio.get_running_loop()).receiver = receiver


@dataclass(slots=True)
class Outgoing:
    """A message with what is done of its way already, so that an attempt that failed is continued."""

    envelope: Envelope
    place: Cursor = ("", 0)  # once it is numbered
    heard_by: str = ""  # the hub that has delivered it

    def message(self) -> dict[str, Any]:
        return self.envelope.as_message(epoch=self.place[0], seq=self.place[1], heard_by=self.heard_by)


class SendQueue:
    """The messages that one loop sends in their order; those that wait are numbered and published together."""

    def __init__(self) -> None:
        self.envelopes: deque[Envelope] = deque()
        self.receiver: Receiver | None = None
        self._is_away = False
        self._kept: deque[Outgoing] = deque()  # what the layer did not take, oldest first
        self._lost: set[str] = set()  # topics with a message that could not be kept
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Send what is queued; while the layer is away, deliver it in this process and keep it."""
        if self._is_away:
            self._keep([Outgoing(one) for one in self._take(MAX_QUEUED)])
        elif self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._send_all())

    async def finished(self) -> None:
        if self._task is not None:
            await self._task

    def _take(self, most: int) -> list[Envelope]:
        return [self.envelopes.popleft() for _ in range(min(len(self.envelopes), most))]

    async def _send_all(self) -> None:
        while self.envelopes:
            waiting = [Outgoing(one) for one in self._take(MAX_TOGETHER)]
            try:
                await _deliver(waiting)
            except LAYER_FAILURES as failure:
                # The facts are committed: an unreachable layer must not fail the request that caused the push.
                logger.warning("the channel layer is away, %s messages are kept: %r", len(waiting), failure)
                self._is_away = True
                self._keep([*waiting, *map(Outgoing, self._take(MAX_QUEUED))])
                await self._send_kept()
            except Exception:
                logger.exception("%s messages from %s on cannot be published", len(waiting), waiting[0].envelope.topic)
                self._lose(waiting)
                await self._send_kept()

    def _keep(self, messages: Sequence[Outgoing]) -> None:
        """Deliver messages in this process, and keep those that others must get."""
        for one in messages:
            if self.receiver is not None:
                self.receiver.receive(one.message() | {"epoch": "", "seq": 0})
                one.heard_by = self.receiver.name
        self._kept.extend(one for one in messages if one.envelope.delivery == MUST)
        if (too_many := len(self._kept) - MAX_QUEUED) > 0:
            self._lose([self._kept.popleft() for _ in range(too_many)])

    def _lose(self, messages: Sequence[Outgoing]) -> None:
        self._lost |= {one.envelope.topic for one in messages if one.envelope.delivery == MUST}

    async def _send_kept(self) -> None:
        """Try until the layer has taken everything; every lost message leaves a gap in the numbers of its topic."""
        while self._kept or self._lost:
            lost, kept = set(self._lost), [self._kept[index] for index in range(min(len(self._kept), MAX_TOGETHER))]
            try:
                async with asyncio.timeout(SEND_S):
                    await history().skip(lost)
                await _deliver(kept, is_repeat=True)
            except LAYER_FAILURES:
                await asyncio.sleep(PAUSE_S)
            except Exception:
                logger.exception("%s messages cannot be published", len(kept))
                self._lose(kept)
                self._drop(kept)
                await asyncio.sleep(PAUSE_S)
            else:
                self._lost -= lost
                self._drop(kept)
        self._is_away = False

    def _drop(self, sent: Sequence[Outgoing]) -> None:
        done = set(map(id, sent))  # the oldest may have been lost meanwhile
        while self._kept and id(self._kept[0]) in done:
            self._kept.popleft()


async def _deliver(messages: Sequence[Outgoing], *, is_repeat: bool = False) -> None:
    """Number and publish messages in their order; a repeat numbers none twice.

    Cost    two Redis round trips, one without `must` messages.
    Raises  one of LAYER_FAILURES, within 2.5 s.
    """
    async with asyncio.timeout(SEND_S):
        unnumbered = [one for one in messages if one.envelope.delivery == MUST and not one.place[1]]
        places = await history().append_all([one.envelope for one in unnumbered], is_repeat=is_repeat)
        for one, place in zip(unnumbered, places, strict=True):
            one.place = place
        await get_channel_layer().group_send_all([(one.envelope.group, one.message()) for one in messages])


_queues: dict[int, tuple[asyncio.AbstractEventLoop, SendQueue]] = {}


def _queue_of(loop: asyncio.AbstractEventLoop) -> SendQueue:
    known = _queues.get(id(loop))
    if known is None or known[0] is not loop:
        known = _queues[id(loop)] = (loop, SendQueue())
    return known[1]
