"""Thousands of socket clients in one process, which count frames and parse as little as possible."""

import asyncio
import json
from collections.abc import Callable, Sequence
from time import perf_counter

from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

MAX_HANDSHAKES = 100  # handshakes at a time
RECONNECT_S = (0.01, 0.05, 0.1, 0.15, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0)  # phoenix.js, without jitter
QUIET_AFTER_S = 1.0


class LoadClient(WSListener):
    """One client of the Phoenix protocol on one topic."""

    def __init__(self, fleet: "LoadClients", url: str) -> None:
        self.fleet = fleet
        self.url = url
        self.transport: WSTransport | None = None
        self.joins = 0

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        if self.fleet.joins_at_once:
            self.join()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            self.fleet.take(self, frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            self.fleet.closes.append(frame.get_close_code().value)
            transport.disconnect()

    def on_ws_disconnected(self, _: WSTransport) -> None:
        self.transport = None
        self.fleet.lost(self)

    def join(self) -> None:
        self.send("1", "1", self.fleet.topic, "phx_join", {})

    def send(self, *frame: object) -> None:
        if self.transport is not None:
            self.transport.send(WSMsgType.TEXT, json.dumps(frame).encode())


class LoadClients:
    """All clients; `frames` and `bytes` count text frames since the start, `closes` holds received close codes."""

    def __init__(self, urls: Sequence[str], *, origin: str, topic: str = "", marker: bytes = b"marker") -> None:
        self.clients = [LoadClient(self, url) for url in urls]
        self.origin = origin
        self.topic = topic
        self.marker = marker
        self.frames = self.bytes = self.marked = self.joined = 0
        self.last_frame_at_s = 0.0
        self.closes: list[int] = []
        self.joins_at_once = self.comes_back = False
        self._returning: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()

    # -- Callbacks of the clients ------------------------------------------------------------------------
    def take(self, client: LoadClient, text: bytes) -> None:
        self.frames += 1
        self.bytes += len(text)
        self.last_frame_at_s = perf_counter()
        if self.marker in text:
            self.marked += 1
            self._changed.set()
        elif b'"phx_reply",{"status":"ok"' in text:
            client.joins += 1
            self.joined += 1
            self._changed.set()

    def lost(self, client: LoadClient) -> None:
        if self.comes_back:
            task = asyncio.get_running_loop().create_task(self._return(client))
            self._returning.add(task)
            task.add_done_callback(self._returning.discard)

    async def _return(self, client: LoadClient) -> None:
        """Reconnect like phoenix.js: at once, then with growing delays, and join again."""
        for attempt in range(100):
            await asyncio.sleep(RECONNECT_S[min(attempt, len(RECONNECT_S) - 1)])
            try:
                await self._dial(client)
            except (OSError, WSError, TimeoutError):
                continue
            return

    # -- Actions of the clients --------------------------------------------------------------------------
    async def _dial(self, client: LoadClient) -> None:
        headers = {"Origin": self.origin}
        await ws_connect(lambda: client, client.url, extra_headers=headers, websocket_handshake_timeout=30)

    async def connect(self) -> None:
        gate = asyncio.Semaphore(MAX_HANDSHAKES)

        async def dial(client: LoadClient) -> None:
            async with gate:
                await self._dial(client)

        await asyncio.gather(*map(dial, self.clients))

    async def join(self, timeout_s: float = 60.0) -> None:
        """Join with every client at once, and wait for all replies."""
        for client in self.clients:
            client.join()
        await self.until(lambda: self.joined >= len(self.clients), timeout_s)

    async def until(self, condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
        async with asyncio.timeout(timeout_s):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def quiet(self, timeout_s: float = 60.0) -> float:
        """Wait for a second without frames, and return the time of the last frame (perf_counter, s)."""
        async with asyncio.timeout(timeout_s):
            while perf_counter() - self.last_frame_at_s < QUIET_AFTER_S:
                await asyncio.sleep(0.05)
        return self.last_frame_at_s

    async def close(self) -> None:
        self.comes_back = False
        for task in self._returning:
            task.cancel()
        for client in self.clients:
            if client.transport is not None:
                client.transport.disconnect(graceful=False)
        await asyncio.sleep(0.1)
