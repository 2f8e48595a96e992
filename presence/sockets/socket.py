"""One client of `/socket/websocket`: its frames in, within limits, and its frames out."""

import asyncio
import secrets
from datetime import datetime
from functools import partial
from typing import Any

from presence import metrics, rules
from presence.db import until_available
from presence.runtime import Runtime
from presence.sockets.membership import Membership
from presence.transport import protocol
from presence.transport.outlets import Outlet, PreparedMessage, close_with_timeout
from presence.transport.protocol import ClientFrame, MalformedFrame
from viral_engine.accounts.viewer_profiles import ViewerProfile


class UserTraffic:
    """One person's sockets and rate limits. It outlives the last socket, or a reconnect would reset the limits."""

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
        """Whether no socket is open and every window is over."""
        windows = (self.burst, self.minute, self.joins, self.handshakes)
        return not self.sockets and all(window.is_over(now_s) for window in windows)


class Socket:
    __slots__ = (
        "ends_s",
        "entering",
        "errors",
        "id",
        "is_open",
        "issued_at",
        "memberships",
        "outlet",
        "refusals",
        "runtime",
        "seen_s",
        "traffic",
        "viewer",
    )

    def __init__(
        self, runtime: Runtime, viewer: ViewerProfile, outlet: Outlet, traffic: UserTraffic, *, issued_at: datetime
    ) -> None:
        self.id = secrets.token_hex(5)
        self.runtime = runtime
        self.viewer = viewer
        self.outlet = outlet
        self.traffic = traffic
        self.issued_at = issued_at  # of its ticket; a log-out ends older tickets
        self.memberships: dict[str, Membership] = {}
        self.seen_s = runtime.loop.time()
        self.ends_s = self.seen_s + rules.life_s()
        self.refusals = self.errors = 0
        self.is_open = True
        self.entering = asyncio.Lock()

    # -- Out ---------------------------------------------------------------------------------------------
    def send(self, text: str) -> None:
        if self.is_open:
            metrics.FRAMES_OUT.inc()
            if not self.outlet.put(PreparedMessage(text)):
                self.cut()

    def show_delay(self, *, is_delayed: bool) -> None:
        """Say whether messages of other processes may be late: pages show a note, and draw themselves meanwhile."""
        self.send(protocol.message(None, None, protocol.SYSTEM_TOPIC, "updates", {"delayed": is_delayed}))

    def cut(self) -> None:
        """Close with 4008 because the client does not read; after a reconnect it reads the current state.

        The outlet is cut even if the socket is closed already, because it may still hold its buffer.
        """
        if self.is_open:
            metrics.QUEUE_DROPS.inc()
            self.leave()
        self.outlet.cut(rules.SLOW)

    def end(self, code: int, reason: str) -> None:
        """Send `session_ended` with the reason, then close; some clients never see the code of a close."""
        user_topic = f"user:{self.viewer.id}"
        if user_topic in self.memberships:
            self.memberships[user_topic].push("session_ended", {"reason": reason})
        self.close(code)

    def close(self, code: int) -> None:
        if self.is_open:
            self.leave()
            self.runtime.background.spawn(self._close(code))

    async def _close(self, code: int) -> None:
        await asyncio.sleep(0)  # messages that were queued before go first
        await close_with_timeout(self.outlet, code)

    # -- In ----------------------------------------------------------------------------------------------
    def receive(self, message: dict[str, Any]) -> None:
        """Take one message of the client; never raises."""
        if not self.is_open:
            return  # the client has not read the close yet
        text = message.get("text")
        if text is None:
            self.close(rules.BINARY)
        elif len(text) > rules.MAX_FRAME_CHARACTERS:
            self.close(rules.TOO_BIG)
        else:
            self.seen_s = self.runtime.loop.time()
            self._receive_text(text)

    def _receive_text(self, text: str) -> None:
        try:
            frame = protocol.decode(text)
        except MalformedFrame as bad:
            self.errors += 1
            refusal = {"status": "error", "response": {"reason": bad.reason}}
            self.send(protocol.message(None, None, protocol.SYSTEM_TOPIC, protocol.REPLY, refusal))
            if self.errors >= rules.BAD_FRAMES_BEFORE_CLOSE:
                self.close(rules.TOO_MANY_ERRORS)
            return
        if self.traffic.allows(frame.event, self.seen_s):
            if protocol.fits_columns(text, frame):
                self._route(frame)
            else:
                self.send(protocol.refusal(frame, "invalid_value"))
            return
        self.refusals += 1
        self.send(protocol.refusal(frame, "rate_limited"))
        if self.refusals >= rules.REFUSALS_BEFORE_CLOSE:
            self.close(rules.FLOOD)

    def _route(self, frame: ClientFrame) -> None:
        if frame.topic == protocol.SYSTEM_TOPIC:
            known = frame.event == protocol.HEARTBEAT
            self.send(protocol.reply(frame, "ok", {}) if known else protocol.refusal(frame, "unknown_event"))
        elif frame.event == protocol.JOIN:
            self._join(frame)
        else:
            self._forward(frame)

    def _join(self, frame: ClientFrame) -> None:
        known = self.memberships.get(frame.topic)
        if known is None and len(self.memberships) >= rules.TOPICS_PER_SOCKET:
            self.send(protocol.refusal(frame, "too_many_topics"))
            return
        if known is not None:
            known.replace()
        membership = self.memberships[frame.topic] = Membership(self, frame.topic, frame.join_ref)
        membership.receive(frame)

    def _forward(self, frame: ClientFrame) -> None:
        membership = self.memberships.get(frame.topic)
        if membership is None:
            is_leave = frame.event == protocol.LEAVE
            self.send(protocol.reply(frame, "ok", {}) if is_leave else protocol.refusal(frame, "unmatched topic"))
        elif frame.join_ref is None or frame.join_ref == membership.join_ref:
            membership.receive(frame)
        # else: the frame belongs to an earlier membership, and its client expects no answer

    # -- A profile that changes --------------------------------------------------------------------------
    def update_viewer(self, viewer: ViewerProfile) -> None:
        """Use the changed profile at once: close what the viewer may not hear any more, and enter presence again."""
        present = [membership for membership in self.memberships.values() if membership.is_present]
        for membership in present:
            self.runtime.presence.detach(membership)
        self.viewer = viewer
        for membership in list(self.memberships.values()):
            membership.revoke()
        for membership in self.memberships.values():
            self.runtime.hub.update_block_filter(membership.topic, membership)
        self.runtime.background.spawn(self._reenter(present))

    async def _reenter(self, present: list[Membership]) -> None:
        async with self.entering:  # two changes at once leave the newer profile
            for membership in present:
                again = partial(self.runtime.presence.reenter, membership)
                await until_available(again, membership.is_over)

    # -- The end -----------------------------------------------------------------------------------------
    def drop(self, membership: Membership) -> None:
        if self.memberships.get(membership.topic) is membership:
            del self.memberships[membership.topic]

    def leave(self, *, is_restart: bool = False) -> None:
        """Close every membership; calling it again changes nothing."""
        self.is_open = False
        memberships, self.memberships = self.memberships, {}
        for membership in memberships.values():
            membership.close(is_restart=is_restart)

    def sweep(self, now_s: float) -> None:
        """Called each second: end the socket if it does not read, is too old, or has been silent for 60 s."""
        if not self.outlet.sweep(now_s):
            self.cut()
        elif now_s > self.ends_s:
            self.close(rules.RESTART)
        elif now_s - self.seen_s > rules.SILENCE_S:
            self.close(rules.SILENT)
