"""Fan-out: a message reaches this process once, is framed once, and is written to every socket of its topic."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Protocol, TypeVar

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from presence import metrics, rules
from presence.background import BackgroundTasks
from presence.transport import protocol
from presence.transport.guard import UNGUARDED, Guard, Work
from presence.transport.outlets import GONE, DirectOutlet, Outlet, PreparedMessage
from viral_engine.kernel.pubsub import group_name
from viral_engine.kernel.pubsub.history import Cursor, history

logger = logging.getLogger(__name__)
LINGER_S = 5.0  # a topic without subscribers is kept this long: people who reload come back
TICK_S = 2.0
AUDITED_PER_TICK = 500  # topics
CHUNK = 500  # sockets written before other tasks get a turn
LAYER_FAILURES = (RedisError, OSError)
CONTROL = "control"  # messages to processes, not to sockets
MAX_WAITING = 256  # messages of one guarded topic that wait for rights to be confirmed


class Subscriber(Protocol):
    """A membership of a socket, or a live page."""

    @property
    def socket_id(self) -> str:
        """The client's socket, which a publisher may skip; empty for a subscriber that is never skipped."""

    @property
    def hidden(self) -> frozenset[int]:
        """Ids of people blocked in either direction; messages about them are not delivered."""

    @property
    def unseen(self) -> frozenset[int]:
        """Ids of people whom the listing of this subscriber leaves out; `hidden` may hold muted authors too."""

    def resync(self) -> None:
        """Send the current state: messages were missed that are not kept any more."""

    def cut(self) -> None:
        """Disconnect a client that does not read."""


S = TypeVar("S", bound=Subscriber)


class LocalTopic:
    """One topic's subscribers in this process."""

    __slots__ = (
        "cursor",
        "holds",
        "is_delivering",
        "is_guarded",
        "is_subscribed",
        "lock",
        "members",
        "name",
        "pages",
        "waiting",
        "with_blocks",
    )

    def __init__(self, name: str, *, is_guarded: bool = False) -> None:
        self.name = name
        self.is_guarded = is_guarded
        self.waiting: deque[Work] = deque()  # messages that wait for rights to be confirmed
        self.is_delivering = False
        self.members: dict[Subscriber, Outlet] = {}
        self.pages: dict[Subscriber, Outlet] = {}  # live pages, which take HTML
        self.with_blocks: set[Subscriber] = set()  # those with a block in either direction
        self.cursor: Cursor = ("", 0)
        self.lock = asyncio.Lock()
        self.is_subscribed = False
        self.holds = 0  # joins under way, each of which may still add a subscriber

    @property
    def is_empty(self) -> bool:
        return not (self.members or self.pages or self.holds)


class Hub:
    """One per process and event loop, with one channel on the layer whatever the number of sockets.

    Cost  a message is one layer receive, one frame built, and one write a socket; no task a socket. No SQL, but for
          the guard: one `confirm` for all messages of a guarded topic that came in meanwhile.
    """

    def __init__(self, on_control: Callable[[dict[str, Any]], None], guard: Guard = UNGUARDED) -> None:
        self.guard = guard
        self.topics: dict[str, LocalTopic] = {}
        self._layer = get_channel_layer()
        self._channel = ""
        self._on_control = on_control
        self._tasks: list[asyncio.Task[None]] = []
        self._background = BackgroundTasks()
        self._pings = self._pongs = 0

    async def start(self) -> None:
        self._channel = await self._layer.new_channel()
        await self._layer.group_add(group_name(CONTROL), self._channel)
        self._tasks = [asyncio.create_task(self._receive()), asyncio.create_task(self._watch())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._background.cancel_all()

    # -- Subscriptions -----------------------------------------------------------------------------------
    @asynccontextmanager
    async def hold_subscription(self, topic: str) -> AsyncIterator[LocalTopic]:
        """Keep the topic subscribed in this process for the subscribers added inside the block.

        While the layer is away the topic stays unsubscribed, and the tick subscribes it once the layer is back.
        """
        local = self.topics.get(topic)
        if local is None:
            local = self.topics[topic] = LocalTopic(topic, is_guarded=self.guard.is_guarded(topic))
        local.holds += 1
        try:
            if not local.is_subscribed:
                async with local.lock:
                    try:
                        await self._subscribe(local)
                    except LAYER_FAILURES:
                        logger.warning("%s is not subscribed: the layer is away", topic)
            yield local
        finally:
            local.holds -= 1
            self._linger(local)

    async def _subscribe(self, local: LocalTopic) -> None:
        """Receive the topic from now on; subscribers that are already here get the messages in between."""
        if not local.is_subscribed:
            await self._layer.group_add(group_name(local.name), self._channel)
            cursor = await history().place(local.name)
            if not (local.members or local.pages):
                local.cursor = cursor
            elif _is_behind(local.cursor, cursor):
                await self._catch_up(local)
            local.is_subscribed = True

    def add(self, local: LocalTopic, subscriber: Subscriber, outlet: Outlet, *, takes_html: bool = False) -> None:
        (local.pages if takes_html else local.members)[subscriber] = outlet
        self.update_block_filter(local.name, subscriber)

    def update_block_filter(self, topic: str, subscriber: Subscriber) -> None:
        """Use the subscriber's current blocks from the next message on."""
        local = self.topics.get(topic)
        if local is not None:
            (local.with_blocks.add if subscriber.hidden else local.with_blocks.discard)(subscriber)

    def remove(self, topic: str, subscriber: Subscriber) -> None:
        """Send no more frames of the topic to the subscriber."""
        local = self.topics.get(topic)
        if local is not None:
            local.members.pop(subscriber, None)
            local.pages.pop(subscriber, None)
            local.with_blocks.discard(subscriber)
            self._linger(local)

    def _linger(self, local: LocalTopic) -> None:
        if local.is_empty:
            asyncio.get_running_loop().call_later(LINGER_S, self._begin_retiring, local)

    def _begin_retiring(self, local: LocalTopic) -> None:
        if local.is_empty:
            self._background.spawn(self._retire(local))

    async def _retire(self, local: LocalTopic) -> None:
        async with local.lock:
            if local.is_empty and self.topics.get(local.name) is local:
                del self.topics[local.name]
                if local.is_subscribed:
                    local.is_subscribed = False
                    try:
                        await self._layer.group_discard(group_name(local.name), self._channel)
                    except LAYER_FAILURES:
                        logger.warning("%s is still subscribed: the layer is away", local.name)
        # A join during the discard has made a topic of its own, whose subscription the discard has ended.
        if (newcomer := self.topics.get(local.name)) is not None and newcomer is not local:
            newcomer.is_subscribed = False
            async with newcomer.lock:
                try:
                    await self._subscribe(newcomer)
                except LAYER_FAILURES:
                    logger.warning("%s is not subscribed until the tick: the layer is away", local.name)

    # -- Messages ----------------------------------------------------------------------------------------
    async def _receive(self) -> None:
        while True:
            try:
                await self._dispatch(await self._layer.receive(self._channel))
            except LAYER_FAILURES:
                await asyncio.sleep(0.2)
            except Exception:
                logger.exception("a message could not be fanned out")

    async def _dispatch(self, message: dict[str, Any]) -> None:
        if message["type"] == "hub.ping":
            self._pongs = message["number"]
            return
        if message["topic"] == CONTROL:
            self._on_control(message)
            return
        local = self.topics.get(message["topic"])
        if local is None:
            return
        epoch, seq = message["epoch"], message["seq"]
        if seq and not self._follows(local.cursor, epoch, seq):
            if epoch != local.cursor[0] or seq > local.cursor[1]:
                await self._catch_up(local)
            return
        if seq:
            local.cursor = (epoch, seq)
        await self.in_turn(local, partial(self._deliver, local, message))

    @staticmethod
    def _follows(cursor: Cursor, epoch: str, seq: int) -> bool:
        return seq == cursor[1] + 1 and (epoch == cursor[0] or cursor == ("", 0))

    async def in_turn(self, local: LocalTopic, work: Work) -> None:
        """Deliver at once, or after rights are confirmed where the topic is guarded; always in the order of calls."""
        if local.is_guarded:
            self.enqueue(local, work)
        else:
            await work()

    def enqueue(self, local: LocalTopic, work: Work) -> None:
        """Do the work of a guarded topic in its turn, after rights are confirmed."""
        if len(local.waiting) >= MAX_WAITING:  # the database has been away for long
            local.waiting.clear()
            work = partial(self._repair, local, None)
        local.waiting.append(work)
        if not local.is_delivering:
            local.is_delivering = True
            self._background.spawn(self._deliver_waiting(local))

    async def _deliver_waiting(self, local: LocalTopic) -> None:
        try:
            while local.waiting:
                works, local.waiting = local.waiting, deque()
                await self.guard.confirm_patiently()
                for work in works:
                    await work()
        finally:
            local.is_delivering = False

    async def _deliver(self, local: LocalTopic, message: dict[str, Any]) -> None:
        text, html, delivery = message["text"], message["html"], message["delivery"]
        kind = text[: text.find("{")]  # topic and event
        skipped = _skipped(local, text, message["skip"])
        for page in skipped & local.pages.keys():
            page.resync()  # it is drawn for its own viewer
        if local.members:
            await self.fan_out(local.members, PreparedMessage(text, delivery, kind), without=skipped)
        if html and local.pages:
            await self.fan_out(local.pages, PreparedMessage(html, delivery, kind), without=skipped)

    def send(self, subscribers: Mapping[S, Outlet], packed: PreparedMessage, *, without: Collection[S] = ()) -> None:
        """Write one message of this process: at once to a small room, in chunks to a big one."""
        if len(subscribers) <= CHUNK:
            self._write(subscribers.items(), subscribers, packed, without)
            return
        self._background.spawn(self.fan_out(subscribers, packed, without=without))

    async def fan_out(
        self, subscribers: Mapping[S, Outlet], packed: PreparedMessage, *, without: Collection[S] = ()
    ) -> None:
        """Write one message in chunks, leaving out the subscribers that go meanwhile."""
        everyone = list(subscribers.items())
        for start in range(0, len(everyone), CHUNK):
            if start:
                await asyncio.sleep(0)
            self._write(everyone[start : start + CHUNK], subscribers, packed, without)

    @staticmethod
    def _write(
        pairs: Collection[tuple[S, Outlet]],
        subscribers: Mapping[S, Outlet],
        packed: PreparedMessage,
        without: Collection[S],
    ) -> None:
        congested, frame, slow = rules.CONGESTED, packed.frame, []
        for subscriber, outlet in pairs:
            if subscriber not in subscribers or (without and subscriber in without):
                continue
            try:
                if isinstance(outlet, DirectOutlet) and outlet.latest is None and outlet.buffered() <= congested:
                    outlet.write(frame)
                elif not outlet.put(packed):
                    slow.append(subscriber)
            except GONE:
                continue  # it closed a moment ago, and its consumer will notice
        metrics.FRAMES_OUT.inc(len(pairs))
        for subscriber in slow:
            subscriber.cut()

    # -- Gap detection -----------------------------------------------------------------------------------
    async def _catch_up(self, local: LocalTopic) -> None:
        """Deliver the missing messages in order if the history has them all; otherwise resync every subscriber."""
        metrics.RESYNCS.labels("hub").inc()
        local.cursor, texts = await history().since(local.name, local.cursor)
        await self.in_turn(local, partial(self._repair, local, texts))

    async def _repair(self, local: LocalTopic, texts: Collection[str] | None) -> None:
        for text in texts or ():
            await self.fan_out(local.members, PreparedMessage(text), without=_skipped(local, text))
        if texts is None:
            resync = protocol.broadcast(local.name, "resync", {})
            await self.fan_out(local.members, PreparedMessage(resync))
            for member in list(local.members):
                member.resync()
        for page in list(local.pages):
            page.resync()

    async def _watch(self) -> None:
        """Ping this process through the layer; audit all topics after a lost ping, otherwise a few at a time."""
        was_cut_off = False
        while True:
            await asyncio.sleep(TICK_S)
            try:
                is_cut_off = self._pings != self._pongs
                self._pings += 1
                await self._layer.send(self._channel, {"type": "hub.ping", "number": self._pings})
                await self._layer.group_add(group_name(CONTROL), self._channel)
                for local in [local for local in self.topics.values() if not local.is_subscribed]:
                    async with local.lock:
                        await self._subscribe(local)
                await self._audit(everything=was_cut_off)
                was_cut_off = is_cut_off
            except LAYER_FAILURES:
                was_cut_off = True
            except Exception:
                logger.exception("the hub's tick failed")

    async def _audit(self, *, everything: bool) -> None:
        names = list(self.topics) if everything else list(self.topics)[:AUDITED_PER_TICK]
        received = {name: self.topics[name].cursor for name in names}
        behind = []
        for name, stored in zip(names, await history().places(names) if names else [], strict=True):
            local = self.topics.pop(name, None)
            if local is None:
                continue
            self.topics[name] = local  # round robin: audited topics go to the end
            if _is_behind(received[name], stored):
                behind.append(local)
        if behind:
            await asyncio.sleep(0.05)  # the message may be on its way
        for local in behind:
            if local.cursor == received[local.name]:
                await self._catch_up(local)


def _is_behind(received: Cursor, stored: Cursor) -> bool:
    """Whether the store has numbers that were not received. An idle topic whose cursor expired is not behind."""
    return stored != ("", 0) and (stored[0] != received[0] or stored[1] > received[1])


def _skipped(local: LocalTopic, text: str, skip: str = "") -> set[Subscriber]:
    """The sender's own socket, and subscribers with a block on a person in the message.

    The message is parsed only if a subscriber has a block.
    """
    found = {member for member in local.members if member.socket_id == skip} if skip else set()
    if local.with_blocks:
        people = protocol.user_ids_in(text)
        found |= {subscriber for subscriber in local.with_blocks if not people.isdisjoint(subscriber.hidden)}
    return found
