"""A TCP proxy that is the network between two processes: slow, cut, one-sided or reset."""

import asyncio
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

CHUNK = 64 * 1024
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with RST
P = TypeVar("P", bound="FaultProxy")
Pieces = asyncio.Queue[tuple[float, bytes]]  # when each is due, and its bytes; b"" is the end


@dataclass(eq=False)
class Link:
    """One connection through the proxy. Bytes wait at a closed gate, as they wait for a network to retransmit them."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    gate: asyncio.Event
    tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    def reset(self) -> None:
        for task in self.tasks:
            task.cancel()
        for writer in (self.client, self.server):
            with suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()


class FaultProxy:
    """Forwards every connection to one port of this machine. Its faults may be called from any thread.

    A cut network loses nothing for good: what was sent meanwhile arrives when it heals, unless an end gave up.
    """

    def __init__(self, upstream: int) -> None:
        self.port = 0
        self._upstream = upstream
        self._delay_s = 0.0
        self._links: set[Link] = set()
        self._loop = asyncio.new_event_loop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def delay(self, seconds: float) -> None:
        """Have each piece of bytes take this long, in either direction."""
        self._call(lambda: setattr(self, "_delay_s", seconds))

    def reset(self) -> None:
        """Reset all connections; new ones are forwarded."""

        def reset() -> None:
            for link in list(self._links):
                link.reset()

        self._call(reset)

    def half_open(self) -> None:
        """Let no byte of today's connections through any more, and close none; new connections are forwarded."""

        def freeze() -> None:
            for link in self._links:
                link.gate = asyncio.Event()

        self._call(freeze)

    def cut(self) -> None:
        """Let nothing through: connections stay open, and new ones are accepted and never answered."""
        self._call(self._gate.clear)

    def heal(self) -> None:
        def heal() -> None:
            self._gate.set()
            self._delay_s = 0.0

        self._call(heal)

    def _call(self, act: Callable[[], object]) -> None:
        async def acted() -> None:
            act()

        asyncio.run_coroutine_threadsafe(acted(), self._loop).result(10)

    # -- Forwarding --------------------------------------------------------------------------------------
    async def _serve(self, started: threading.Event) -> None:
        self._gate = asyncio.Event()
        self._gate.set()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        self._ended = asyncio.Event()
        await self._ended.wait()
        server.close()
        self._gate.set()
        for link in list(self._links):
            link.reset()
        if left := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(left, timeout=5)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._gate.wait()
        try:
            answers, upstream = await self._dial()
        except OSError:
            writer.transport.abort()
            return
        link = Link(writer, upstream, self._gate)
        self._links.add(link)
        ways = [self._forward(link, reader, upstream), self._forward(link, answers, writer)]
        link.tasks = [asyncio.create_task(_quietly(way)) for way in ways]
        await asyncio.gather(*link.tasks, return_exceptions=True)
        self._links.discard(link)
        for end in (writer, upstream):
            end.transport.abort()

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self._upstream)

    async def _forward(self, link: Link, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        pieces: Pieces = asyncio.Queue(maxsize=100)
        sending = asyncio.create_task(_quietly(self._send(link, pieces, target)))
        link.tasks.append(sending)
        try:
            while data := await source.read(CHUNK):
                await pieces.put((self._loop.time() + self._delay_s, data))
        finally:
            await pieces.put((0.0, b""))
            await sending

    async def _send(self, link: Link, pieces: Pieces, target: asyncio.StreamWriter) -> None:
        while True:
            due_s, data = await pieces.get()
            if not data:
                with suppress(OSError, RuntimeError):
                    target.write_eof()
                return
            await asyncio.sleep(max(0.0, due_s - self._loop.time()))
            await link.gate.wait()
            target.write(data)
            await target.drain()


async def _quietly(work: Awaitable[None]) -> None:
    """A connection that breaks ends its forwarding."""
    with suppress(OSError):
        await work


@contextmanager
def proxied(upstream: int) -> Iterator[FaultProxy]:
    with running(FaultProxy(upstream)) as proxy:
        yield proxy


@contextmanager
def running(proxy: P) -> Iterator[P]:
    """Run a proxy in a thread of its own: it forwards while a test's own loop is busy."""
    started = threading.Event()
    thread = threading.Thread(target=lambda: proxy._loop.run_until_complete(proxy._serve(started)), daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield proxy
    finally:
        proxy._call(proxy._ended.set)
        thread.join(10)
        proxy._loop.close()
