"""Outlets: how bytes reach one client, and how many may wait.

If the server exposes its transport, frames are built once and written to it directly. Otherwise messages go through the
ASGI `send`, from a bounded queue.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Protocol

from presence import rules
from presence.transport import frames

AsgiSend = Callable[[dict[str, Any]], Coroutine[Any, Any, None]]
EXTENSION = "presence.transport"
GONE = (RuntimeError,)  # raised by uvloop for a transport that has just closed
ABORT_AFTER_S = 1.0


@dataclass
class PreparedMessage:
    """One message for many sockets: its WebSocket frame is built once, at the first write."""

    text: str
    delivery: str = "must"
    kind: str = ""  # a newer `latest` message replaces one of its kind

    @cached_property
    def frame(self) -> bytes:
        return frames.text_frame(self.text)


class Transport(Protocol):
    """A server's byte stream to one client."""

    def write(self, data: bytes) -> object: ...
    def get_write_buffer_size(self) -> int: ...
    def abort(self) -> object: ...


class Outlet(Protocol):
    """A bounded way to send to one client."""

    def put(self, packed: PreparedMessage) -> bool:
        """Send or queue a message; False when the client is too slow and must be disconnected."""

    def sweep(self, now_s: float) -> bool:
        """Send waiting `latest` messages; False when the client has been congested for too long."""

    async def close(self, code: int) -> None:
        """Close after the messages that were put before."""

    def cut(self, code: int) -> None:
        """Disconnect without waiting for the client to read; harmless after `close` or another `cut`."""


async def close_with_timeout(outlet: Outlet, code: int) -> None:
    """Close, and cut the client after 5 s if it is still connected.

    A server's close waits for room in the buffer, so a client that does not read would keep its socket forever.
    """
    asyncio.get_running_loop().call_later(rules.CLOSING_S, outlet.cut, code)
    with suppress(*GONE, OSError):  # the client left first
        await outlet.close(code)


class DirectOutlet:
    """Writes frames to the transport, whose buffer is the queue."""

    __slots__ = ("_congested_since_s", "_is_cut", "_send", "buffered", "latest", "transport", "write")

    def __init__(self, transport: Transport, send: AsgiSend) -> None:
        self._send = send
        self.transport = transport
        self.write = transport.write
        self.buffered = transport.get_write_buffer_size
        self.latest: dict[str, PreparedMessage] | None = None  # waiting until the client reads, by kind
        self._congested_since_s: float | None = None
        self._is_cut = False

    def put(self, packed: PreparedMessage) -> bool:
        with suppress(*GONE):
            return self._put(packed)
        return True  # the client is gone, not slow

    def _put(self, packed: PreparedMessage) -> bool:
        waiting = self.buffered()
        if waiting <= rules.CONGESTED:
            if self.latest is not None and packed.delivery == "latest":
                self.latest.pop(packed.kind, None)  # or the sweep would send the older one after this one
            self.write(packed.frame)
            return True
        if packed.delivery == "must":
            self.write(packed.frame)
            return waiting < rules.FULL
        if packed.delivery == "latest":
            self.latest = (self.latest or {}) | {packed.kind: packed}
        return True

    def sweep(self, now_s: float) -> bool:
        with suppress(*GONE):
            return self._sweep(now_s)
        return True

    def _sweep(self, now_s: float) -> bool:
        if self.buffered() <= rules.CONGESTED:
            self._congested_since_s = None
            latest, self.latest = self.latest, None
            return all(self.put(packed) for packed in (latest or {}).values())
        if self._congested_since_s is None:
            self._congested_since_s = now_s
        return now_s - self._congested_since_s < rules.CONGESTED_S

    async def close(self, code: int) -> None:
        await self._send({"type": "websocket.close", "code": code})

    def cut(self, code: int) -> None:
        if not self._is_cut:
            self._is_cut = True
            with suppress(*GONE):
                self.write(frames.close_frame(code))
                asyncio.get_running_loop().call_later(ABORT_AFTER_S, self.transport.abort)


class HoldingOutlet:
    """Keeps messages back until the drawing under way is sent, so that an older whole never replaces a newer part."""

    __slots__ = ("_held", "_is_released", "_outlet", "is_overflown")

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet
        self._held: deque[PreparedMessage] = deque()
        self._is_released = False
        self.is_overflown = False  # messages were left out

    def put(self, packed: PreparedMessage) -> bool:
        if self._is_released:
            return self._outlet.put(packed)
        if packed.delivery == "latest":
            self._held = deque(one for one in self._held if one.delivery != "latest" or one.kind != packed.kind)
        if len(self._held) < rules.MAX_QUEUED_MESSAGES:
            self._held.append(packed)
        else:
            self.is_overflown = True
        return True

    def release(self) -> bool:
        """Send what was kept, in its order; from now on messages are passed on at once."""
        self._is_released = True
        return all(self._outlet.put(packed) for packed in self._held)

    def sweep(self, now_s: float) -> bool:
        return self._outlet.sweep(now_s)

    async def close(self, code: int) -> None:
        await self._outlet.close(code)

    def cut(self, code: int) -> None:
        self._outlet.cut(code)


class QueuedOutlet:
    """A queue for servers that hide their buffer; one task per client sends while there are messages."""

    __slots__ = ("_bytes", "_congested_since_s", "_is_closed", "_queue", "_send", "_task")

    def __init__(self, send: AsgiSend) -> None:
        self._send = send
        self._queue: deque[PreparedMessage] = deque()
        self._bytes = 0
        self._task: asyncio.Task[None] | None = None
        self._congested_since_s: float | None = None
        self._is_closed = False

    def put(self, packed: PreparedMessage) -> bool:
        if self._bytes > rules.CONGESTED:
            if packed.delivery == "drop":
                return True
            if packed.delivery == "latest":
                self._replace(packed)
                return True
        self._queue.append(packed)
        self._bytes += len(packed.text)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._drain())
        return len(self._queue) <= rules.MAX_QUEUED_MESSAGES and self._bytes < rules.FULL

    def _replace(self, packed: PreparedMessage) -> None:
        for place, waiting in enumerate(self._queue):
            if waiting.delivery == "latest" and waiting.kind == packed.kind:
                self._bytes += len(packed.text) - len(waiting.text)
                self._queue[place] = packed
                return
        self._queue.append(packed)
        self._bytes += len(packed.text)

    async def _drain(self) -> None:
        while self._queue:
            packed = self._queue.popleft()
            self._bytes -= len(packed.text)
            try:
                await self._send({"type": "websocket.send", "text": packed.text})
            except Exception:  # noqa: BLE001  (each server raises its own exception when a client is gone)
                self._queue.clear()
                self._bytes = 0

    def sweep(self, now_s: float) -> bool:
        if self._bytes <= rules.CONGESTED:
            self._congested_since_s = None
            return True
        if self._congested_since_s is None:
            self._congested_since_s = now_s
        return now_s - self._congested_since_s < rules.CONGESTED_S

    async def close(self, code: int) -> None:
        if self._task is not None:
            await asyncio.wait([self._task])
        await self._send_close(code)

    async def _send_close(self, code: int) -> None:
        if not self._is_closed:
            self._is_closed = True
            with suppress(*GONE, OSError):
                await self._send({"type": "websocket.close", "code": code})

    def cut(self, code: int) -> None:
        self._queue.clear()
        self._bytes = 0
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.get_running_loop().create_task(self._send_close(code))


class DaphneTransport:
    """Twisted's transport behind the names of asyncio's."""

    __slots__ = ("_transport", "write")

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self.write = transport.write

    def get_write_buffer_size(self) -> int:
        transport = self._transport
        waiting: int = len(transport.dataBuffer) - transport.offset + transport._tempDataLen
        return waiting

    def abort(self) -> None:
        self._transport.abortConnection()


def outlet_for(scope: dict[str, Any], send: AsgiSend) -> Outlet:
    """The most direct outlet that this server allows."""
    transport = scope.get("extensions", {}).get(EXTENSION)
    if transport is not None:
        return DirectOutlet(transport, send)
    return _daphne_outlet(send) or QueuedOutlet(send)


class DaphneOutlet(DirectOutlet):
    """Reaches daphne's protocol through the bound `send`. Daphne's own close refuses the codes 1001 to 2999."""

    __slots__ = ("_protocol",)

    def __init__(self, protocol: Any, send: AsgiSend) -> None:
        super().__init__(DaphneTransport(protocol.transport), send)
        self._protocol = protocol

    async def close(self, code: int) -> None:
        self._protocol.sendCloseFrame(code=code, isReply=False)


def _daphne_outlet(send: AsgiSend) -> DaphneOutlet | None:
    protocol: Any = send.args[0] if isinstance(send, partial) and send.args else None
    if not (hasattr(protocol, "transport") and hasattr(protocol, "sendCloseFrame")):
        return None
    needed = ("dataBuffer", "offset", "_tempDataLen", "abortConnection")
    return DaphneOutlet(protocol, send) if all(hasattr(protocol.transport, name) for name in needed) else None
