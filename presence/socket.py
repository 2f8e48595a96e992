"""One client of `/socket/websocket`: its frames in, within limits, and its frames out."""

import asyncio
import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any

from presence import metrics, protocol, rules
from presence.channel import Channel
from presence.protocol import BadFrame, Frame
from presence.transports import Outlet, Packed, hang_up
from viral_engine.accounts.cards import Card

if TYPE_CHECKING:
    from presence.node import Node


class Traffic:
    """What one person sends, over all their sockets; kept when the last one goes, or coming back would empty it."""

    __slots__ = ("burst", "handshakes", "joins", "minute", "sockets")

    def __init__(self) -> None:
        self.sockets: set[Socket] = set()
        self.burst = rules.Window(rules.BURST, rules.BURST_S)
        self.minute = rules.Window(rules.PER_MINUTE, rules.MINUTE_S)
        self.joins = rules.Window(rules.JOINS, rules.JOINS_S)
        self.handshakes = rules.Window(rules.HANDSHAKES, rules.MINUTE_S)

    def allows(self, event: str, now_s: float) -> bool:
        if event in {protocol.JOIN, protocol.LEAVE, protocol.HEARTBEAT}:
            return self.joins.allows(now_s)
        return self.burst.allows(now_s) and self.minute.allows(now_s)

    def is_stale(self, now_s: float) -> bool:
        """Nobody is here, and nothing is counted any more."""
        windows = (self.burst, self.minute, self.joins, self.handshakes)
        return not self.sockets and all(window.is_over(now_s) for window in windows)


class Socket:
    __slots__ = (
        "channels",
        "ends_s",
        "errors",
        "id",
        "is_open",
        "issued_at",
        "node",
        "outlet",
        "person",
        "refusals",
        "seen_s",
        "traffic",
    )

    def __init__(self, node: "Node", person: Card, outlet: Outlet, traffic: Traffic, *, issued_at: datetime) -> None:
        self.id = secrets.token_hex(5)
        self.node = node
        self.person = person
        self.outlet = outlet
        self.traffic = traffic
        self.issued_at = issued_at  # of its ticket, which a log-out ends
        self.channels: dict[str, Channel] = {}
        self.seen_s = node.loop.time()
        self.ends_s = self.seen_s + rules.life_s()
        self.refusals = self.errors = 0
        self.is_open = True

    # -- Out ---------------------------------------------------------------------------------------------
    def send(self, text: str) -> None:
        if self.is_open:
            metrics.FRAMES_OUT.inc()
            if not self.outlet.put(Packed(text)):
                self.cut()

    def cut(self) -> None:
        """The client does not read: it is closed with 4008, and its next connection begins anew.

        One that was closed politely may still hold its buffer, so the outlet hears of it in any case.
        """
        if self.is_open:
            metrics.QUEUE_DROPS.inc()
            self.leave()
        self.outlet.cut(rules.SLOW)

    def end(self, code: int, reason: str) -> None:
        """Tell the person's own topic why, then close: some clients never come back from a close they can explain."""
        user_topic = f"user:{self.person.id}"
        if user_topic in self.channels:
            self.channels[user_topic].push("session_ended", {"reason": reason})
        self.close(code)

    def close(self, code: int) -> None:
        if self.is_open:
            self.leave()
            self.node.spawn(self._close(code))

    async def _close(self, code: int) -> None:
        await asyncio.sleep(0)  # what was queued before goes first
        await hang_up(self.outlet, code)

    # -- In ----------------------------------------------------------------------------------------------
    def receive(self, message: dict[str, Any]) -> None:
        """One message of the client. Nothing in it can raise."""
        if not self.is_open:
            return  # it was closed, and has not read that yet
        text = message.get("text")
        if text is None:
            self.close(rules.BINARY)
        elif len(text) > rules.LARGEST_FRAME:
            self.close(rules.TOO_BIG)
        else:
            self.seen_s = self.node.loop.time()
            self._take(text)

    def _take(self, text: str) -> None:
        try:
            frame = protocol.decode(text)
        except BadFrame as bad:
            self.errors += 1
            refusal = {"status": "error", "response": {"reason": bad.reason}}
            self.send(protocol.message(None, None, protocol.SYSTEM_TOPIC, protocol.REPLY, refusal))
            if self.errors >= rules.BAD_FRAMES_BEFORE_CLOSE:
                self.close(rules.TOO_MANY_ERRORS)
            return
        if self.traffic.allows(frame.event, self.seen_s):
            self._route(frame)
            return
        self.refusals += 1
        self.send(protocol.refusal(frame, "rate_limited"))
        if self.refusals >= rules.REFUSALS_BEFORE_CLOSE:
            self.close(rules.FLOOD)

    def _route(self, frame: Frame) -> None:
        if frame.topic == protocol.SYSTEM_TOPIC:
            known = frame.event == protocol.HEARTBEAT
            self.send(protocol.reply(frame, "ok", {}) if known else protocol.refusal(frame, "unknown_event"))
        elif frame.event == protocol.JOIN:
            self._join(frame)
        else:
            self._pass_on(frame)

    def _join(self, frame: Frame) -> None:
        known = self.channels.get(frame.topic)
        if known is None and len(self.channels) >= rules.TOPICS_PER_SOCKET:
            self.send(protocol.refusal(frame, "too_many_topics"))
            return
        if known is not None:
            known.replaced()
        channel = self.channels[frame.topic] = Channel(self, frame.topic, frame.join_ref)
        channel.take(frame)

    def _pass_on(self, frame: Frame) -> None:
        channel = self.channels.get(frame.topic)
        if channel is None:
            is_leave = frame.event == protocol.LEAVE
            self.send(protocol.reply(frame, "ok", {}) if is_leave else protocol.refusal(frame, "unmatched topic"))
        elif frame.join_ref is None or frame.join_ref == channel.join_ref:
            channel.take(frame)
        # else: the client spoke to a membership that is over, and does not wait for an answer

    # -- The end -----------------------------------------------------------------------------------------
    def drop_channel(self, channel: Channel) -> None:
        if self.channels.get(channel.topic) is channel:
            del self.channels[channel.topic]

    def leave(self, *, is_restart: bool = False) -> None:
        """Every membership is over; calling it again changes nothing."""
        self.is_open = False
        channels, self.channels = self.channels, {}
        for channel in channels.values():
            channel.close(is_restart=is_restart)

    def sweep(self, now_s: float) -> None:
        """Called each second: cut who does not read, send back who is old, close who has gone silent."""
        if not self.outlet.sweep(now_s):
            self.cut()
        elif now_s > self.ends_s:
            self.close(rules.RESTART)
        elif now_s - self.seen_s > rules.SILENCE_S:
            self.close(rules.SILENT)
