"""Fan-out: a message reaches this process once, is framed once, and is written to every socket of its topic."""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

from channels.layers import get_channel_layer

from presence import metrics, rules
from presence.background import BackgroundTasks
from presence.transport import protocol
from presence.transport.guard import UNGUARDED, Guard, Work
from presence.transport.layer_watch import CONTROL, LAYER_S, LayerWatch
from presence.transport.local_topic import LocalTopic, Subscriber, skipped_by
from presence.transport.outlets import GONE, DirectOutlet, Outlet, PreparedMessage
from viral_engine.kernel.pubsub import group_name
from viral_engine.kernel.pubsub.envelope import MUST
from viral_engine.kernel.pubsub.history import Cursor, history
from viral_engine.kernel.pubsub.sender import LAYER_FAILURES, Receiver, bind_receiver

logger = logging.getLogger(__name__)
S = TypeVar("S", bound=Subscriber)
LINGER_S = 5.0  # a topic without subscribers is kept this long: people who reload come back
TICK_S = 2.0
CUT_OFF_TICK_S = 0.5  # a tick while the layer is away
AUDITED_PER_TICK = 500  # topics
CHUNK = 500  # sockets written before other tasks get a turn
MAX_FACTS = 10_000
MAX_WAITING = 256  # messages of one guarded topic that wait for rights to be confirmed


class Hub:
    """One per process and event loop, with one channel on the layer whatever the number of sockets.

    Cost  a message is one layer receive, one frame built, and one write a socket; no task a socket. No SQL, but for
          the guard: one `confirm` for all messages of a guarded topic that came in meanwhile.
    """

    def __init__(
        self,
        on_control: Callable[[dict[str, Any]], None],
        guard: Guard = UNGUARDED,
        on_outage: Callable[[], None] = lambda: None,
    ) -> None:
        self.guard = guard
        self._layer_watch = LayerWatch(on_outage)
        self.facts: OrderedDict[str, None] = OrderedDict()  # committed rows that messages have announced here
        self._heard: set[str] = set()  # own messages, delivered in the last outage before they were numbered
        self.topics: dict[str, LocalTopic] = {}
        self._layer = get_channel_layer()
        self._channel = ""
        self._on_control = on_control
        self._tasks: list[asyncio.Task[None]] = []
        self._background = BackgroundTasks()

    async def start(self) -> None:
        self._channel = await self._layer.new_channel()
        await self._layer.group_add(group_name(CONTROL), self._channel)
        bind_receiver(Receiver(self._channel, self.receive_locally))
        self._tasks = [asyncio.create_task(self._receive()), asyncio.create_task(self._watch())]

    async def stop(self) -> None:
        bind_receiver(None)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._background.cancel_all()

    @property
    def is_cut_off(self) -> bool:
        """Whether messages of other processes do not arrive at the moment."""
        return self._layer_watch.is_cut_off

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
            if not (local.is_subscribed or self.is_cut_off):
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
            async with asyncio.timeout(LAYER_S):
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

    def receive_locally(self, message: dict[str, Any]) -> None:
        """Deliver a message of this process that the layer did not take; it comes again, numbered, after the outage."""
        self._begin_outage()
        if message["delivery"] == MUST:
            self._heard.add(message["text"])
        self._background.spawn(self._dispatch(message))

    async def _dispatch(self, message: dict[str, Any]) -> None:
        if message["type"] == "hub.ping":
            self._layer_watch.pong(message["number"])
        elif message["topic"] == CONTROL:
            self._on_control(message)
        else:
            self._note_fact(message["fact"])
            local = self.topics.get(message["topic"])
            if local is not None:
                await self._receive_for(local, message)

    async def _receive_for(self, local: LocalTopic, message: dict[str, Any]) -> None:
        epoch, seq = message["epoch"], message["seq"]
        if seq and not self._follows(local.cursor, epoch, seq):
            if epoch != local.cursor[0] or seq > local.cursor[1]:
                await self._catch_up(local)
            return
        if seq:
            local.cursor = (epoch, seq)
        if message["heard_by"] == self._channel:
            await self.in_turn(local, partial(self._send_number, local.members, local, seq))
            return
        await self.in_turn(local, partial(self._deliver, local, message))

    def _note_fact(self, fact: str) -> None:
        if fact:
            self.facts[fact] = None
        if len(self.facts) > MAX_FACTS:
            self.facts.popitem(last=False)

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
            work = partial(self._repair, local)
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
                    try:
                        await work()
                    except Exception:
                        logger.exception("a message of %s could not be delivered", local.name)
        finally:
            local.is_delivering = False

    async def _deliver(self, local: LocalTopic, message: dict[str, Any]) -> None:
        text, html, delivery = message["text"], message["html"], message["delivery"]
        kind = text[: text.find("{")]  # topic and event
        skipped = skipped_by(text, local, message["skip"])
        for page in skipped & local.pages.keys():
            page.resync()  # it is drawn for its own viewer
        await self._deliver_text(local, PreparedMessage(text, delivery, kind), skipped, message["seq"])
        if html and local.pages:
            await self.fan_out(local.pages, PreparedMessage(html, delivery, kind), without=skipped)

    async def _deliver_text(
        self, local: LocalTopic, packed: PreparedMessage, skipped: Collection[Subscriber], seq: int
    ) -> None:
        if local.members:
            await self.fan_out(local.members, packed, without=skipped)
        if seq and skipped:
            theirs = {one: outlet for one, outlet in local.members.items() if one in skipped}
            await self._send_number(theirs, local, seq)

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

    async def _send_number(self, members: Mapping[Subscriber, Outlet], local: LocalTopic, seq: int) -> None:
        """Send the number of a message alone to those who do not get the message, so that a gap means a loss."""
        if members:
            await self.fan_out(members, PreparedMessage(protocol.broadcast(local.name, "skipped", {"seq": seq})))

    # -- Gap detection -----------------------------------------------------------------------------------
    async def _catch_up(self, local: LocalTopic, *, is_after_outage: bool = False) -> None:
        """Deliver the missing messages in order if the history has them all; otherwise resync every subscriber."""
        metrics.RESYNCS.labels("hub").inc()
        while True:
            before = local.cursor
            newest, texts = await history().since(local.name, before)
            is_whole = texts is not None
            if newest[0] != before[0]:  # the numbers restarted: the end of the old ones is unknown
                newest, texts = await history().from_start(local.name)
            if local.cursor == before:  # or else messages were delivered during the read
                break
        local.cursor = newest
        resyncs = is_after_outage or not is_whole
        await self.in_turn(local, partial(self._repair, local, texts or (), resyncs=resyncs))

    async def _repair(self, local: LocalTopic, texts: Collection[str] = (), *, resyncs: bool = True) -> None:
        """Deliver missing messages; before them, ask members to read the topic again if others may be missing."""
        if resyncs:
            await self.fan_out(local.members, PreparedMessage(protocol.broadcast(local.name, "resync", {})))
            for member in list(local.members):
                member.resync()
        for text in texts:
            if protocol.without_number(text) in self._heard:
                await self._send_number(local.members, local, protocol.number_in(text))
            else:
                await self._deliver_text(
                    local, PreparedMessage(text), skipped_by(text, local), protocol.number_in(text)
                )
        for page in list(local.pages):
            page.resync()

    async def resync(self, topics: Collection[str]) -> None:
        """Have everybody here read these topics again: a message was lost before anybody numbered it."""
        for local in [self.topics[name] for name in topics if name in self.topics]:
            metrics.RESYNCS.labels("facts").inc()
            await self.in_turn(local, partial(self._repair, local))

    # -- Outages -----------------------------------------------------------------------------------------
    async def _watch(self) -> None:
        """Ping this process through the layer; audit all topics after a lost ping, otherwise a few at a time."""
        while True:
            await asyncio.sleep(CUT_OFF_TICK_S if self.is_cut_off else TICK_S)
            try:
                await self._tick()
            except LAYER_FAILURES as failure:
                logger.warning("the channel layer does not answer: %r", failure)
                self._begin_outage()
            except Exception:
                logger.exception("the hub's tick failed")

    async def _tick(self) -> None:
        is_late = not await self._layer_watch.ping(self._layer, self._channel)
        if is_late and not await self._layer_watch.is_answered():
            self._begin_outage()
        for local in [local for local in self.topics.values() if not local.is_subscribed]:
            async with local.lock:
                await self._subscribe(local)
        if not self.is_cut_off:
            await self._audit(everything=is_late)
        elif await self._layer_watch.is_answered():
            await self._end_outage()
        else:  # Redis took the ping and nothing came: the connection that reads may be dead
            await self._layer.resubscribe()

    def _begin_outage(self) -> None:
        if not self.is_cut_off:
            self._heard.clear()
            self._layer_watch.begin_outage()

    async def _end_outage(self) -> None:
        """Read every topic again: messages that nobody numbered may have been lost, here and in any process."""
        for local in list(self.topics.values()):
            await self._catch_up(local, is_after_outage=True)
        self._layer_watch.end_outage()

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
