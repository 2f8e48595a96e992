"""One socket's membership of one topic, with its own queue, so that a slow join never blocks a heartbeat."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

from redis.exceptions import RedisError

from presence import metrics
from presence.background import UNAVAILABLE
from presence.db import until_available
from presence.rooms.base import RequestRefused, Room, room_for
from presence.rooms.context import RoomContext
from presence.runtime import Runtime
from presence.transport import protocol
from presence.transport.local_topic import LocalTopic
from presence.transport.outlets import Outlet
from presence.transport.protocol import ClientFrame
from viral_engine.accounts.viewer_profiles import ViewerProfile
from viral_engine.kernel.pubsub.history import history

logger = logging.getLogger(__name__)
MAX_INBOX = 64  # frames


class Connection(Protocol):
    """The socket that holds a membership."""

    @property
    def id(self) -> str: ...

    @property
    def runtime(self) -> Runtime: ...

    @property
    def viewer(self) -> ViewerProfile: ...

    @property
    def outlet(self) -> Outlet: ...

    @property
    def memberships(self) -> Mapping[str, "Membership"]: ...

    def send(self, text: str) -> None: ...

    def cut(self) -> None: ...

    def drop(self, membership: "Membership") -> None: ...


class Membership:
    __slots__ = (
        "_connection",
        "_inbox",
        "_is_closed",
        "_kind",
        "_runtime",
        "_task",
        "join_ref",
        "page_attempt",
        "room",
        "topic",
    )

    def __init__(self, connection: Connection, topic: str, join_ref: str | None) -> None:
        self.topic = topic
        self.join_ref = join_ref
        self.room: Room | None = None
        self.page_attempt: str | None = None
        self._connection = connection
        self._runtime = connection.runtime
        self._kind = Room  # its room class, once the topic is known
        self._inbox: deque[ClientFrame] = deque()
        self._task: asyncio.Task[None] | None = None
        self._is_closed = False

    def is_over(self) -> bool:
        """Whether the client has left; checked again after every await."""
        return self._is_closed

    def is_replaced(self) -> bool:
        """Whether a later join of the topic on the same socket has taken over."""
        return self._connection.memberships.get(self.topic) not in {None, self}

    # -- For the hub, presence and the room --------------------------------------------------------------
    @property
    def socket_id(self) -> str:
        return self._connection.id

    @property
    def viewer(self) -> ViewerProfile:
        return self._connection.viewer

    @property
    def outlet(self) -> Outlet:
        return self._connection.outlet

    @property
    def key(self) -> str:
        return str(self.viewer.id)

    @property
    def friends(self) -> frozenset[int]:
        return self.viewer.friends

    @property
    def hidden(self) -> frozenset[int]:
        return self.viewer.hidden

    @property
    def unseen(self) -> frozenset[int]:
        return self.viewer.hidden

    @property
    def policy(self) -> type[Room]:
        return self._kind

    @property
    def is_present(self) -> bool:
        """Whether the member takes part in the topic's presence."""
        return self.room is not None and self._kind.has_presence

    async def describe(self) -> dict[str, Any] | None:
        return await self.room.describe() if self.room is not None else None

    def elsewhere(self) -> dict[str, dict[str, Any]]:
        return self.room.elsewhere() if self.room is not None else {}

    def push(self, event: str, payload: object) -> None:
        if not self._is_closed:
            self._connection.send(protocol.message(self.join_ref, None, self.topic, event, payload))

    def resync(self) -> None:
        presence = self._runtime.presence.get(self.topic)
        if presence is not None:
            presence.show(self)

    def cut(self) -> None:
        self._connection.cut()

    # -- Frames of the client ----------------------------------------------------------------------------
    def receive(self, frame: ClientFrame) -> None:
        """Queue a frame; frames are handled one at a time, in order."""
        if len(self._inbox) >= MAX_INBOX:
            self._connection.send(protocol.refusal(frame, "too_many_waiting"))
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

    async def _handle(self, frame: ClientFrame) -> None:
        try:
            if frame.event == protocol.JOIN:
                await self._join(frame)
            elif frame.event == protocol.LEAVE:
                self._connection.drop(self)
                self.close(is_deliberate=True)
                self._connection.send(protocol.reply(frame, "ok", {}))
                self._send_end(protocol.CLOSE, {})
            else:
                await self._answer(frame)
        except UNAVAILABLE as failure:
            logger.warning("%s could not answer %s: %r", self.topic, frame.event, failure)
            self._answer_unavailable(frame)
        except Exception:
            logger.exception("%s crashed on %s", self.topic, frame.event)
            self._crash()

    def _answer_unavailable(self, frame: ClientFrame) -> None:
        """Ask the client to try again, because the database is away; the membership stays."""
        if frame.event == protocol.JOIN:
            self._refuse(frame, "unavailable")
        elif not self.is_over():
            self._connection.send(protocol.refusal(frame, "unavailable"))

    async def _answer(self, frame: ClientFrame) -> None:
        if frame.event == protocol.MISSED and self.room is not None:
            await self._answer_missed(frame, self.room)
            return
        handler = self.room.handlers.get(frame.event) if self.room is not None else None
        if handler is None:
            self._connection.send(protocol.refusal(frame, "unknown_event"))
            return
        try:
            response = await handler(self.room, frame.payload)
            await self._confirm()
        except RequestRefused as refusal:
            self._connection.send(protocol.refusal(frame, refusal.reason))
        else:
            if not self.is_over():
                self._connection.send(protocol.reply(frame, "ok", response))

    async def _answer_missed(self, frame: ClientFrame, room: Room) -> None:
        """Send what came after the client's cursor, because it saw a gap in the numbers.

        Shape  in {"seq": 17, "epoch": "a1b2"}; out as the reply to a join with a cursor
        """
        local = self._runtime.hub.topics.get(self.topic)
        response = await self._recover(room, local, frame.payload) if local is not None else {}
        await self._confirm()
        if not self.is_over():
            epoch, seq = local.cursor if local is not None else ("", 0)
            self._connection.send(protocol.reply(frame, "ok", {"epoch": epoch, "seq": seq} | response))

    async def _confirm(self) -> None:
        """Know every right that was taken until now, before what was read meanwhile is sent."""
        if self._kind.is_guarded:
            await self._runtime.hub.guard.confirm()

    # -- Joining -----------------------------------------------------------------------------------------
    async def _join(self, frame: ClientFrame) -> None:
        found = room_for(self.topic)
        if found is None:
            self._refuse(frame, "unmatched topic")
            return
        self._kind, names = found
        page_attempt = frame.payload.get("attempt")
        self.page_attempt = page_attempt if isinstance(page_attempt, str) else None
        room = self._kind(RoomContext(self, self._runtime), names)
        try:
            self._require(room)
            response = await room.join(frame.payload)
            await self._subscribe(frame, room, response)
        except RequestRefused as refusal:
            self._refuse(frame, refusal.reason)
            return
        if self.room is None:  # the socket closed, or joined the topic again, meanwhile
            return
        try:
            await self._arrive(room)
        except UNAVAILABLE:  # the client has its reply already
            arrive = until_available(partial(self._arrive, room), self.is_over)
            self._runtime.background.spawn(arrive)

    async def _arrive(self, room: Room) -> None:
        """Show the member to others, and send the first pushes; the second time replaces the first."""
        if self.is_present:
            await self._runtime.presence.enter(self)
        await room.joined()

    @staticmethod
    def _require(room: Room) -> None:
        if reason := room.refusal():
            raise RequestRefused(reason)

    async def _subscribe(self, frame: ClientFrame, room: Room, response: dict[str, Any]) -> None:
        presence = self._runtime.presence
        try:
            async with self._runtime.hub.hold_subscription(self.topic) as local:
                if self._kind.has_presence:  # the snapshot lists everyone here
                    await presence.open(self.topic, self._kind, local)
                response |= await self._recover(room, local, frame.payload)
                await self._confirm()
                if not self.is_over():
                    self._require(room)  # the profile may have changed during the join
                    self._register(frame, room, local, response)
        finally:
            if self.room is None:
                presence.release_soon(self.topic)

    def _register(self, frame: ClientFrame, room: Room, local: LocalTopic, response: dict[str, Any]) -> None:
        """Reply and register without an await in between: no broadcast overtakes the reply, and none is missed."""
        self.room = room
        epoch, seq = local.cursor
        self._connection.send(protocol.reply(frame, "ok", {"epoch": epoch, "seq": seq} | response))
        self._runtime.hub.add(local, self, self.outlet)
        metrics.JOINS.labels("ok").inc()

    async def _recover(self, room: Room, local: LocalTopic, params: dict[str, Any]) -> dict[str, Any]:
        """The messages since the client's cursor, if it joins with one: {"seq": 17, "epoch": "a1b2"}.

        A message on its way to this process may come twice, here and as a broadcast; clients compare its seq.
        """
        seq, epoch = params.get("seq"), params.get("epoch")
        if type(seq) is not int or not isinstance(epoch, str):
            return {}
        missed, newest = None, ("", -1)
        try:
            while newest[1] < local.cursor[1]:  # read again if messages were fanned out during the read
                newest, missed = await history().since(self.topic, (epoch, seq))
                if missed is None:
                    break
        except (RedisError, OSError):
            missed = None
        if missed is None:
            return {"recovered": False, "snapshot": await room.snapshot()}
        events = [
            {"event": event, "payload": payload}
            for _, _, _, event, payload in map(json.loads, missed)
            if protocol.user_ids_in_payload(payload).isdisjoint(self.hidden)
        ]
        return {"recovered": True, "events": events, "epoch": newest[0], "seq": newest[1]}

    # -- The end -----------------------------------------------------------------------------------------
    def _refuse(self, frame: ClientFrame, reason: str) -> None:
        metrics.JOINS.labels("refused").inc()
        self._connection.drop(self)
        self._is_closed = True
        self._connection.send(protocol.refusal(frame, reason))

    def _crash(self) -> None:
        self._connection.drop(self)
        self.close(is_deliberate=True)
        self._send_end(protocol.ERROR, {"reason": "channel_crash"})

    def close(self, *, is_deliberate: bool = False, is_restart: bool = False) -> None:
        """Send no more frames of the topic. Others see a deliberate leave at once, and a closed tab after 3 s."""
        if self._is_closed:
            return
        self._is_closed = True
        self._runtime.hub.remove(self.topic, self)
        if self.is_present:
            self._runtime.presence.leave(self, is_deliberate=is_deliberate, is_restart=is_restart)

    def revoke(self) -> None:
        """Close the channel for good if the viewer may not be here any more: a phx_close with the reason."""
        reason = self.room.refusal() if self.room is not None else ""
        if reason and not self._is_closed:
            metrics.REVOCATIONS.inc()
            self._connection.drop(self)
            self.close(is_deliberate=True)
            self._send_end(protocol.CLOSE, {"reason": reason})

    def replace(self) -> None:
        """End the membership because its client has joined the topic again; the old join_ref gets the phx_close."""
        self.close(is_deliberate=False)
        self._send_end(protocol.CLOSE, {})

    def _send_end(self, event: str, payload: dict[str, str]) -> None:
        self._connection.send(protocol.message(self.join_ref, self.join_ref, self.topic, event, payload))
