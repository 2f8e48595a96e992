"""One socket's membership of one topic: its own queue, so that a slow join never blocks a heartbeat."""

import asyncio
import json
import logging
from collections import deque
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError

from presence import metrics, protocol
from presence.hub import LocalTopic
from presence.protocol import Frame
from presence.room import Refused, Room, room_for
from viral_engine.accounts.cards import Card
from viral_engine.kernel.topics.history import history

if TYPE_CHECKING:
    from presence.socket import Socket

logger = logging.getLogger(__name__)
LONGEST_INBOX = 64  # frames


class Channel:
    __slots__ = ("_inbox", "_is_closed", "_task", "join_ref", "room", "socket", "topic")

    def __init__(self, socket: "Socket", topic: str, join_ref: str | None) -> None:
        self.socket = socket
        self.topic = topic
        self.join_ref = join_ref
        self.room: Room | None = None
        self._inbox: deque[Frame] = deque()
        self._task: asyncio.Task[None] | None = None
        self._is_closed = False

    def is_over(self) -> bool:
        """Asked again after every wait: the client may have left meanwhile."""
        return self._is_closed

    # -- What audiences and rooms ask --------------------------------------------------------------------
    @property
    def socket_id(self) -> str:
        return self.socket.id

    @property
    def person(self) -> Card:
        return self.socket.person

    @property
    def key(self) -> str:
        return str(self.socket.person.id)

    @property
    def friends(self) -> frozenset[int]:
        return self.socket.person.friends

    @property
    def hidden(self) -> frozenset[int]:
        return self.socket.person.hidden

    def push(self, event: str, payload: object) -> None:
        if not self._is_closed:
            self.socket.send(protocol.message(self.join_ref, None, self.topic, event, payload))

    def resync(self) -> None:
        audience = self.socket.node.audience(self.topic)
        if audience is not None:
            audience.show(self)

    def cut(self) -> None:
        self.socket.cut()

    # -- Frames of the client ----------------------------------------------------------------------------
    def take(self, frame: Frame) -> None:
        """Queue a frame; they are handled one at a time, in order."""
        if len(self._inbox) >= LONGEST_INBOX:
            self.socket.send(protocol.refusal(frame, "too_many_waiting"))
            return
        self._inbox.append(frame)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        try:
            while self._inbox and not self.is_over():
                await self._handle(self._inbox.popleft())
        finally:
            self._task = None

    async def _handle(self, frame: Frame) -> None:
        try:
            if frame.event == protocol.JOIN:
                await self._join(frame)
            elif frame.event == protocol.LEAVE:
                self.socket.drop_channel(self)
                self.close(is_deliberate=True)
                self.socket.send(protocol.reply(frame, "ok", {}))
                self.socket.send(protocol.message(self.join_ref, self.join_ref, self.topic, protocol.CLOSE, {}))
            else:
                await self._answer(frame)
        except Exception:
            logger.exception("%s crashed on %s", self.topic, frame.event)
            self._crash()

    async def _answer(self, frame: Frame) -> None:
        handler = self.room.handlers.get(frame.event) if self.room is not None else None
        if handler is None:
            self.socket.send(protocol.refusal(frame, "unknown_event"))
            return
        try:
            response = await handler(self.room, frame.payload)
        except Refused as refusal:
            self.socket.send(protocol.refusal(frame, refusal.reason))
        else:
            self.socket.send(protocol.reply(frame, "ok", response))

    async def _join(self, frame: Frame) -> None:
        found = room_for(self.topic)
        if found is None:
            self._refuse(frame, "unmatched topic")
            return
        kind, names = found
        room = kind(self, names)
        try:
            response = await room.join(frame.payload)
        except Refused as refusal:
            self._refuse(frame, refusal.reason)
            return
        node = self.socket.node
        try:
            async with node.hub.expecting(self.topic) as local:
                if kind.has_presence:  # a snapshot shows who is here
                    await node.open_audience(self.topic, kind, local)
                response |= await self._recovery(room, local, frame.payload)
                if self.is_over():  # the socket went, or joined anew, meanwhile
                    return
                self._register(frame, room, local, response)
        finally:
            if self.room is None:
                node.retire_soon(self.topic)
        if kind.has_presence:
            await node.enter(self, room)
        await room.joined()

    def _register(self, frame: Frame, room: Room, local: LocalTopic, response: dict[str, Any]) -> None:
        """Reply, then register, with nothing in between: no broadcast overtakes the reply, and none is missed."""
        self.room = room
        epoch, seq = local.place
        self.socket.send(protocol.reply(frame, "ok", {"epoch": epoch, "seq": seq} | response))
        self.socket.node.hub.add(local, self, self.socket.outlet)
        metrics.JOINS.labels("ok").inc()

    async def _recovery(self, room: Room, local: LocalTopic, params: dict[str, Any]) -> dict[str, Any]:
        """What a client that was here before has missed, if it says where it was: {"seq": 17, "epoch": "a1b2"}.

        A message on its way to this process may come twice, here and as a broadcast; its seq tells.
        """
        seq, epoch = params.get("seq"), params.get("epoch")
        if type(seq) is not int or not isinstance(epoch, str):
            return {}
        missed, now = None, ("", -1)
        try:
            while now[1] < local.place[1]:  # messages that were fanned out while we asked are missed as well
                now, missed = await history().since(self.topic, (epoch, seq))
                if missed is None:
                    break
        except (RedisError, OSError):
            missed = None
        if missed is None:
            return {"recovered": False, "snapshot": await room.snapshot()}
        events = [
            {"event": event, "payload": payload}
            for _, _, _, event, payload in map(json.loads, missed)
            if protocol.people_in_payload(payload).isdisjoint(self.hidden)
        ]
        return {"recovered": True, "events": events, "epoch": now[0], "seq": now[1]}

    # -- The end -----------------------------------------------------------------------------------------
    def _refuse(self, frame: Frame, reason: str) -> None:
        metrics.JOINS.labels("refused").inc()
        self.socket.drop_channel(self)
        self._is_closed = True
        self.socket.send(protocol.refusal(frame, reason))

    def _crash(self) -> None:
        self.socket.drop_channel(self)
        self.close(is_deliberate=True)
        reason = {"reason": "channel_crash"}
        self.socket.send(protocol.message(self.join_ref, self.join_ref, self.topic, protocol.ERROR, reason))

    def close(self, *, is_deliberate: bool = False, is_restart: bool = False) -> None:
        """No frame of the topic follows. A deliberate leave is told at once, a closed tab after a grace."""
        if self._is_closed:
            return
        self._is_closed = True
        self.socket.node.hub.remove(self.topic, self)
        if self.room is not None and self.room.has_presence:
            self.socket.node.exit(self, is_deliberate=is_deliberate, is_restart=is_restart)

    def replaced(self) -> None:
        """A second join of the topic on this socket closes the first, under its own ref."""
        self.close(is_deliberate=False)
        self.socket.send(protocol.message(self.join_ref, self.join_ref, self.topic, protocol.CLOSE, {}))
