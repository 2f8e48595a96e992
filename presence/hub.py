"""Fan-out: a message reaches this process once, is framed once, and is written to every socket of its topic."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from presence import metrics, protocol, rules
from presence.transports import GONE, DirectOutlet, Outlet, Packed
from viral_engine.kernel.topics import group_name
from viral_engine.kernel.topics.history import Place, history

logger = logging.getLogger(__name__)
LINGER_S = 5.0  # a topic without members is kept this long: people who reload come back
TICK_S = 2.0
AUDITED_PER_TICK = 500  # topics
CHUNK = 500  # members written before others get a turn
LAYER_FAILURES = (RedisError, OSError)
CONTROL = "control"  # what concerns processes, not sockets


class Member(Protocol):
    """Somebody subscribed: one socket's channel, or one live page."""

    @property
    def socket_id(self) -> str:
        """The client behind it; empty for one that is never skipped."""

    @property
    def hidden(self) -> frozenset[int]:
        """People it must learn nothing of; what they do is not delivered to it."""

    def resync(self) -> None:
        """Messages were missed that nobody has any more."""

    def cut(self) -> None:
        """It does not read what it is sent."""


M = TypeVar("M", bound=Member)


class LocalTopic:
    """One topic's members in this process."""

    __slots__ = ("expected", "is_subscribed", "lock", "members", "name", "pages", "picky", "place")

    def __init__(self, name: str) -> None:
        self.name = name
        self.members: dict[Member, Outlet] = {}
        self.pages: dict[Member, Outlet] = {}  # live pages, which take HTML
        self.picky: set[Member] = set()  # those from whom somebody is hidden
        self.place: Place = ("", 0)
        self.lock = asyncio.Lock()
        self.is_subscribed = False
        self.expected = 0  # members who may yet be added

    @property
    def is_empty(self) -> bool:
        return not (self.members or self.pages or self.expected)


class Hub:
    """One per process and event loop, with one channel on the layer whatever the number of sockets.

    Cost  a message is one layer receive, one frame built, and one write a socket; no SQL, no task a socket.
    """

    def __init__(self, on_control: Callable[[dict[str, Any]], None]) -> None:
        self.topics: dict[str, LocalTopic] = {}
        self._layer = get_channel_layer()
        self._channel = ""
        self._on_control = on_control
        self._tasks: list[asyncio.Task[None]] = []
        self._spawned: set[asyncio.Task[None]] = set()
        self._pings = self._pongs = 0

    async def start(self) -> None:
        self._channel = await self._layer.new_channel()
        await self._layer.group_add(group_name(CONTROL), self._channel)
        self._tasks = [asyncio.create_task(self._receive()), asyncio.create_task(self._watch())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- Membership --------------------------------------------------------------------------------------
    @asynccontextmanager
    async def expecting(self, topic: str) -> AsyncIterator[LocalTopic]:
        """The topic is heard in this process, and stays so for whoever is added before the end, however it comes.

        While the layer is away the topic stands unheard, and the tick subscribes it once the layer is back.
        """
        local = self.topics.setdefault(topic, LocalTopic(topic))
        local.expected += 1
        try:
            if not local.is_subscribed:
                async with local.lock:
                    try:
                        await self._hear(local)
                    except LAYER_FAILURES:
                        logger.warning("%s is not heard: the layer is away", topic)
            yield local
        finally:
            local.expected -= 1
            self._linger(local)

    async def _hear(self, local: LocalTopic) -> None:
        """Messages of before belong to nobody, unless members are here already: those get what lies between."""
        if not local.is_subscribed:
            await self._layer.group_add(group_name(local.name), self._channel)
            place = await history().place(local.name)
            if not (local.members or local.pages):
                local.place = place
            elif _is_behind(local.place, place):
                await self._catch_up(local)
            local.is_subscribed = True

    def add(self, local: LocalTopic, member: Member, outlet: Outlet, *, takes_html: bool = False) -> None:
        (local.pages if takes_html else local.members)[member] = outlet
        self.reconsider(local.name, member)

    def reconsider(self, topic: str, member: Member) -> None:
        """Whom the member must not see may have changed."""
        local = self.topics.get(topic)
        if local is not None:
            (local.picky.add if member.hidden else local.picky.discard)(member)

    def remove(self, topic: str, member: Member) -> None:
        """No frame of the topic reaches the member from here on."""
        local = self.topics.get(topic)
        if local is not None:
            local.members.pop(member, None)
            local.pages.pop(member, None)
            local.picky.discard(member)
            self._linger(local)

    def _linger(self, local: LocalTopic) -> None:
        if local.is_empty:
            asyncio.get_running_loop().call_later(LINGER_S, self._begin_retiring, local)

    def _begin_retiring(self, local: LocalTopic) -> None:
        if local.is_empty:
            self._spawn(self._retire(local))

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
        # Somebody may have come while the layer was asked: they made a topic of their own and are heard by it.
        if (newcomer := self.topics.get(local.name)) is not None and newcomer is not local:
            newcomer.is_subscribed = False
            async with newcomer.lock:
                try:
                    await self._hear(newcomer)
                except LAYER_FAILURES:
                    logger.warning("%s is not heard until the tick: the layer is away", local.name)

    # -- Messages ----------------------------------------------------------------------------------------
    async def _receive(self) -> None:
        while True:
            try:
                await self._received(await self._layer.receive(self._channel))
            except LAYER_FAILURES:
                await asyncio.sleep(0.2)
            except Exception:
                logger.exception("a message could not be fanned out")

    async def _received(self, message: dict[str, Any]) -> None:
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
        if seq and not self._follows(local.place, epoch, seq):
            if epoch != local.place[0] or seq > local.place[1]:
                await self._catch_up(local)
            return
        if seq:
            local.place = (epoch, seq)
        await self._deliver(local, message)

    @staticmethod
    def _follows(place: Place, epoch: str, seq: int) -> bool:
        return seq == place[1] + 1 and (epoch == place[0] or place == ("", 0))

    async def _deliver(self, local: LocalTopic, message: dict[str, Any]) -> None:
        text, html, delivery = message["text"], message["html"], message["delivery"]
        kind = text[: text.find("{")]  # topic and event
        without = _unwelcome(local, text, message["skip"])
        for page in without & local.pages.keys():
            page.resync()  # it draws for its own reader
        if local.members:
            await self.fan_out(local.members, Packed(text, delivery, kind), without=without)
        if html and local.pages:
            await self.fan_out(local.pages, Packed(html, delivery, kind), without=without)

    def send(self, members: Mapping[M, Outlet], packed: Packed, *, without: Collection[M] = ()) -> None:
        """Write one message that began in this process, now or, to a big room, in turns."""
        if len(members) <= CHUNK:
            self._write(members.items(), members, packed, without)
            return
        self._spawn(self.fan_out(members, packed, without=without))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._spawned.add(task)
        task.add_done_callback(self._spawned.discard)

    async def fan_out(self, members: Mapping[M, Outlet], packed: Packed, *, without: Collection[M] = ()) -> None:
        """Write one message to these members, those aside who leave meanwhile; others get a turn in between."""
        everybody = list(members.items())
        for start in range(0, len(everybody), CHUNK):
            if start:
                await asyncio.sleep(0)
            self._write(everybody[start : start + CHUNK], members, packed, without)

    @staticmethod
    def _write(
        pairs: Collection[tuple[M, Outlet]],
        members: Mapping[M, Outlet],
        packed: Packed,
        without: Collection[M],
    ) -> None:
        congested, frame, slow = rules.CONGESTED, packed.frame, []
        for member, outlet in pairs:
            if member not in members or (without and member in without):
                continue
            try:
                if isinstance(outlet, DirectOutlet) and outlet.latest is None and outlet.buffered() <= congested:
                    outlet.write(frame)
                elif not outlet.put(packed):
                    slow.append(member)
            except GONE:
                continue  # closed a moment ago; its consumer is about to hear of it
        metrics.FRAMES_OUT.inc(len(pairs))
        for member in slow:
            member.cut()

    # -- Staying true ------------------------------------------------------------------------------------
    async def _catch_up(self, local: LocalTopic) -> None:
        """Numbers are missing: what is kept of them is delivered, in order; else members read everything anew."""
        metrics.RESYNCS.labels("hub").inc()
        local.place, texts = await history().since(local.name, local.place)
        for text in texts or ():
            await self.fan_out(local.members, Packed(text), without=_unwelcome(local, text))
        if texts is None:
            again = protocol.broadcast(local.name, "resync", {})
            await self.fan_out(local.members, Packed(again))
            for member in list(local.members):
                member.resync()
        for page in list(local.pages):
            page.resync()

    async def _watch(self) -> None:
        """Ping ourselves through the layer; after a lost ping compare every topic, else a few at a time."""
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
                        await self._hear(local)
                await self._audit(everything=was_cut_off)
                was_cut_off = is_cut_off
            except LAYER_FAILURES:
                was_cut_off = True
            except Exception:
                logger.exception("the hub's tick failed")

    async def _audit(self, *, everything: bool) -> None:
        names = list(self.topics) if everything else list(self.topics)[:AUDITED_PER_TICK]
        heard = {name: self.topics[name].place for name in names}
        behind = []
        for name, place in zip(names, await history().places(names) if names else [], strict=True):
            local = self.topics.pop(name, None)
            if local is None:
                continue
            self.topics[name] = local  # round robin: those audited go to the end
            if _is_behind(heard[name], place):
                behind.append(local)
        if behind:
            await asyncio.sleep(0.05)  # the message may be on its way
        for local in behind:
            if local.place == heard[local.name]:
                await self._catch_up(local)


def _is_behind(heard: Place, stored: Place) -> bool:
    """Whether something was numbered that was not heard. A place that an idle topic has lost says nothing."""
    return stored != ("", 0) and (stored[0] != heard[0] or stored[1] > heard[1])


def _unwelcome(local: LocalTopic, text: str, skip: str = "") -> set[Member]:
    """The client that said it, and whoever must not see those it is about; it is read for that only if need be."""
    found = {member for member in local.members if member.socket_id == skip} if skip else set()
    if local.picky:
        people = protocol.people_in(text)
        found |= {member for member in local.picky if not people.isdisjoint(member.hidden)}
    return found
