"""What one process knows in real time: its sockets, its hub, its tracker, and the audiences of its topics."""

import asyncio
import json
import logging
from collections.abc import Callable, Collection, Coroutine, Hashable
from datetime import datetime
from typing import Any, Protocol, TypeVar, cast
from weakref import WeakKeyDictionary

from django.conf import settings
from django.utils import timezone

from presence import metrics, rules, stop
from presence.audience import Audience
from presence.channel import Channel
from presence.hub import Hub, LocalTopic
from presence.people import Batch
from presence.room import Room
from presence.socket import Socket, Traffic
from presence.tracker.contract import GRACE_S, Tracker, Update
from presence.tracker.memory import MemoryTracker
from presence.tracker.redis import RedisTracker
from presence.transports import Outlet
from viral_engine.accounts.cards import Card, cards_of

logger = logging.getLogger(__name__)
SWEEP_S = 1.0
RECHECK_S = 300.0  # how long a withdrawn right may last whose message was lost
RECHECKED_AT_ONCE = 400
LONGEST_HANDSHAKE_S = 60.0


K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def cards_today(ids: Collection[int]) -> dict[int, Card]:
    return cards_of(ids, today=timezone.localdate())


class Listener(Protocol):
    """A live page's socket."""

    person: Card
    opened_at: datetime

    def close(self, code: int) -> None: ...
    def sweep(self, now_s: float) -> None: ...
    def change_person(self, person: Card) -> None: ...


class Node:
    """One per event loop that serves sockets."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.hub = Hub(self._control)
        self.tracker: Tracker = (
            RedisTracker(self._heard, settings.REDIS_URL) if settings.REDIS_URL else MemoryTracker(self._heard)
        )
        self.audiences: dict[str, Audience] = {}
        self.traffic: dict[int, Traffic] = {}
        self.live: dict[int, set[Listener]] = {}
        self._ordered_s: dict[int, float] = {}  # when rights of a person changed last
        self._batches: dict[Callable[..., Any], Batch[Any, Any]] = {}
        self._opening: dict[str, asyncio.Task[Audience]] = {}
        self._spawned: set[asyncio.Task[Any]] = set()
        self._ticker: asyncio.Task[None] | None = None

    async def start(self) -> None:
        stop.heed_signals()
        await self.hub.start()
        self._ticker = self.loop.create_task(self._tick())

    async def stop(self) -> None:
        """The process ends: people stay shown until its lease runs out, or they are back elsewhere."""
        if self._ticker is not None:
            self._ticker.cancel()
        for audience in self.audiences.values():
            audience.stop()
        await self.hub.stop()
        await self.tracker.stop()
        for task in list(self._spawned):
            task.cancel()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Work that nobody waits for; a failure is logged."""
        task = self.loop.create_task(work)
        self._spawned.add(task)
        task.add_done_callback(self._spawned_ended)

    def _spawned_ended(self, task: asyncio.Task[Any]) -> None:
        self._spawned.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("work of a socket failed", exc_info=task.exception())

    async def load(self, fetch: Callable[[Collection[K]], dict[K, V]], key: K) -> V | None:
        """What `fetch` knows of one key, read together with the keys others ask for at this moment."""
        batch = cast("Batch[K, V]", self._batches.setdefault(fetch, Batch(fetch)))
        return await batch.load(key)

    async def card(self, user_id: int) -> Card | None:
        return await self.load(cards_today, user_id)

    # -- Sockets -----------------------------------------------------------------------------------------
    def allows_handshake(self, user_id: int) -> bool:
        """Counts it, before anything is read for it."""
        return self.traffic.setdefault(user_id, Traffic()).handshakes.allows(self.loop.time())

    def has_place_for(self, user_id: int) -> bool:
        traffic = self.traffic.get(user_id)
        return traffic is None or len(traffic.sockets) < rules.SOCKETS_PER_USER

    def admit(self, person: Card, outlet: Outlet, *, issued_at: datetime, read_s: float) -> Socket:
        """A new socket of a person whose card was read at `read_s`, or later."""
        traffic = self.traffic.setdefault(person.id, Traffic())
        socket = Socket(self, person, outlet, traffic, issued_at=issued_at)
        traffic.sockets.add(socket)
        metrics.SOCKETS.inc()
        self._make_good(person.id, read_s)
        return socket

    def open_page(self, page: Listener, *, read_s: float) -> None:
        self.live.setdefault(page.person.id, set()).add(page)
        self._make_good(page.person.id, read_s)

    def _make_good(self, user_id: int, read_s: float) -> None:
        """What changed between the reading of a card and its use went past somebody who was not here yet."""
        if self._ordered_s.get(user_id, float("-inf")) >= read_s:
            self.spawn(self.refresh(user_id))

    def dismiss(self, socket: Socket, *, is_restart: bool) -> None:
        """The socket is gone, whoever closed it; calling it again changes nothing."""
        socket.leave(is_restart=is_restart)
        if socket in socket.traffic.sockets:
            metrics.SOCKETS.dec()
            socket.traffic.sockets.discard(socket)

    @property
    def sockets(self) -> list[Socket]:
        return [socket for traffic in self.traffic.values() for socket in traffic.sockets]

    @property
    def pages(self) -> list[Listener]:
        return [page for pages in self.live.values() for page in pages]

    async def _tick(self) -> None:
        rechecked_s = self.loop.time()
        while True:
            await asyncio.sleep(SWEEP_S)
            now_s = self.loop.time()
            for socket in self.sockets:
                socket.sweep(now_s)
            for page in self.pages:
                page.sweep(now_s)
            self._forget(now_s)
            if isinstance(self.tracker, RedisTracker):
                metrics.TRACKER_LAG.set(self.tracker.lag)
            if now_s - rechecked_s > RECHECK_S:
                rechecked_s = now_s
                self.spawn(self._recheck([*{*self.traffic, *self.live}]))

    def _forget(self, now_s: float) -> None:
        """What is kept of people who may be gone."""
        for user_id in [user_id for user_id, traffic in self.traffic.items() if traffic.is_stale(now_s)]:
            del self.traffic[user_id]
        for user_id in [one for one, at_s in self._ordered_s.items() if now_s - at_s > LONGEST_HANDSHAKE_S]:
            del self._ordered_s[user_id]

    async def _recheck(self, user_ids: list[int]) -> None:
        for start in range(0, len(user_ids), RECHECKED_AT_ONCE):
            batch = user_ids[start : start + RECHECKED_AT_ONCE]
            await asyncio.gather(*(self.refresh(user_id) for user_id in batch))

    # -- Rights that change under way --------------------------------------------------------------------
    def _control(self, message: dict[str, Any]) -> None:
        self.spawn(self._obey(message))

    async def _obey(self, message: dict[str, Any]) -> None:
        _, _, _, order, payload = json.loads(message["text"])
        for user_id in payload.get("users", [payload.get("user")]):
            self._ordered_s[user_id] = self.loop.time()
        if order == "disconnect":
            self._end(payload["user"], payload["reason"])
        elif order == "refresh":
            for user_id in payload["users"]:
                await self.refresh(user_id)

    def _sockets_of(self, user_id: int) -> list[Socket]:
        traffic = self.traffic.get(user_id)
        return list(traffic.sockets) if traffic is not None else []

    async def refresh(self, user_id: int) -> None:
        """The person's sockets know what holds now: who is hidden, who is a friend, whether they may be here."""
        if not self._sockets_of(user_id) and user_id not in self.live:
            return
        card = await self.card(user_id)
        if card is None or not card.may_enter:
            self._end(user_id, "not_allowed")
            return
        for socket in self._sockets_of(user_id):
            await self._refresh_socket(socket, card)
        for page in list(self.live.get(user_id, ())):
            self._refresh_page(page, card)

    async def _refresh_socket(self, socket: Socket, card: Card) -> None:
        if card.has_signed_out_since(socket.issued_at):
            socket.end(rules.GOING_AWAY, "signed_out")
        elif card != socket.person:
            await self._change_person(socket, card)

    @staticmethod
    def _refresh_page(page: Listener, card: Card) -> None:
        if card.has_signed_out_since(page.opened_at):
            page.close(rules.GOING_AWAY)
        elif card != page.person:
            page.change_person(card)

    def _end(self, user_id: int, reason: str) -> None:
        for socket in self._sockets_of(user_id):
            socket.end(rules.GOING_AWAY, reason)
        for page in list(self.live.get(user_id, ())):
            page.close(rules.GOING_AWAY)

    async def _change_person(self, socket: Socket, card: Card) -> None:
        present = [channel for channel in socket.channels.values() if channel.room and channel.room.has_presence]
        for channel in present:
            self._unseat(channel)
        socket.person = card
        for channel in socket.channels.values():
            self.hub.reconsider(channel.topic, channel)
        for channel in present:
            if channel.room is not None:
                await self.tracker.untrack(channel.topic, socket=socket.id, hold_s=0.0)
                await self.enter(channel, channel.room)

    # -- Presence ----------------------------------------------------------------------------------------
    def audience(self, topic: str) -> Audience | None:
        return self.audiences.get(topic)

    async def open_audience(self, topic: str, room: type[Room], local: LocalTopic) -> Audience:
        """The audience of a topic, read from the tracker by whoever comes first."""
        if topic not in self._opening:
            if topic in self.audiences:
                self.audiences[topic].local = local
                return self.audiences[topic]
            self._opening[topic] = self.loop.create_task(self._open(topic, room, local))
        return await asyncio.shield(self._opening[topic])

    async def _open(self, topic: str, room: type[Room], local: LocalTopic) -> Audience:
        audience = self.audiences[topic] = Audience(topic, room, self, local)
        try:
            await self.tracker.open(topic)
            audience.settle()
        finally:
            del self._opening[topic]
        return audience

    async def enter(self, channel: Channel, room: Room) -> None:
        """The member sees who is here, and is seen if they want to be."""
        local = self.hub.topics[channel.topic]
        audience = await self.open_audience(channel.topic, type(room), local)
        if channel.is_over():
            self.retire_soon(channel.topic)
            return
        audience.add(channel, channel.socket.outlet)
        meta = await room.describe()
        if meta is not None and not channel.is_over():
            await self.tracker.track(channel.topic, socket=channel.socket_id, key=channel.key, meta=meta)
            # The tab was closed while the store was asked; if it joined anew, the entry is the new membership's.
            if channel.is_over() and channel.socket.channels.get(channel.topic) in {None, channel}:
                await self.tracker.untrack(channel.topic, socket=channel.socket_id)

    def exit(self, channel: Channel, *, is_deliberate: bool, is_restart: bool) -> None:
        self._unseat(channel)
        if not is_restart:  # else the lease runs out, and by then the person is back in another process
            hold_s = 0.0 if is_deliberate else GRACE_S
            self.spawn(self.tracker.untrack(channel.topic, socket=channel.socket_id, hold_s=hold_s))
        self.retire_soon(channel.topic)

    def _unseat(self, channel: Channel) -> None:
        audience = self.audiences.get(channel.topic)
        if audience is not None:
            audience.remove(channel)

    def retire_soon(self, topic: str) -> None:
        """Whoever looked at the topic is gone; unless somebody comes meanwhile, it is no longer followed."""
        audience = self.audiences.get(topic)
        if audience is not None and not (audience.viewers or audience.local.pages):
            self.loop.call_later(GRACE_S * 2, self._retire, audience)

    def _retire(self, audience: Audience) -> None:
        is_used = audience.viewers or not audience.local.is_empty
        if not is_used and self.audiences.get(audience.topic) is audience and audience.topic not in self._opening:
            del self.audiences[audience.topic]
            audience.stop()
            self.spawn(self.tracker.close(audience.topic))

    def _heard(self, update: Update) -> None:
        audience = self.audiences.get(update.topic)
        if audience is not None:
            audience.hear(update)


_nodes: WeakKeyDictionary[asyncio.AbstractEventLoop, "asyncio.Task[Node]"] = WeakKeyDictionary()


async def this_node() -> Node:
    """The node of the running loop, started by whoever comes first."""
    loop = asyncio.get_running_loop()
    if loop not in _nodes:
        _nodes[loop] = loop.create_task(_begin())
    return await asyncio.shield(_nodes[loop])


async def _begin() -> Node:
    node = Node()
    await node.start()
    return node


def running_node(loop: asyncio.AbstractEventLoop) -> Node | None:
    """The node of a loop, if it has one already; for other threads."""
    task = _nodes.get(loop)
    return task.result() if task is not None and task.done() and not task.cancelled() else None
