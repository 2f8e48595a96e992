"""Real servers on the test's own database, and clients of their sockets that behave as phoenix.js does."""

import asyncio
import json
import socket
import struct
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

import uvicorn
import websockets
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connections
from django.test import Client

from presence.node import RealtimeNode, this_node
from presence.tokens import token_for
from tests import short_waits
from tests.servers import Reachable, Server, free_port, launched
from viral_engine.accounts.models import User
from viral_engine.server import CONFIG

T = TypeVar("T")
PATIENCE_S = 5.0
SERVERS = {
    "uvicorn": ["manage.py", "web", "--port"],
    "daphne": ["-m", "daphne", "-v", "0", "-b", "127.0.0.1", "viral_engine.asgi:application", "-p"],
    # stock uvicorn hides its transport, so frames go through ASGI's send
    "stock": ["-m", "uvicorn", "viral_engine.asgi:application", "--lifespan", "off", "--log-level", "error", "--port"],
}


def database_of_the_test() -> str:
    name = connections["default"].settings_dict["NAME"]
    if not settings.ON_POSTGRESQL:
        return f"sqlite:///{name}"
    where = settings.DATABASES["default"]
    return f"postgres://{where['USER']}@{where['HOST']}:{where['PORT']}/{name}"


@contextmanager
def serving(
    kind: str = "uvicorn",
    *,
    redis_url: str = "",
    port: int = 0,
    waits: Mapping[str, float] | None = None,
    more: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """A process that shares the test's database; `waits` of presence are shortened in it (tests.short_waits).

    It caches no rows: it outlives tests, and each test loads the catalogue under new ids. `more` is added to its
    environment.
    """
    port = port or free_port()
    environment = {"DATABASE_URL": database_of_the_test(), "REDIS_URL": redis_url}
    environment["SITE_URL"] = f"http://127.0.0.1:{port}"
    environment[short_waits.VARIABLE] = json.dumps({"ROW_CACHE_TTL_S": 0} | dict(waits or {}))
    environment |= more or {}
    command = ["-m", short_waits.__name__, *SERVERS[kind], str(port)]
    with launched(command, port=port, environment=environment) as server:
        yield server


@dataclass(frozen=True)
class InProcessServer:
    """Our own server in this process: a test sees both ends of a socket."""

    port: int
    node: RealtimeNode

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def serving_in_process() -> AsyncIterator[InProcessServer]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(**CONFIG))
    serving = asyncio.create_task(server.serve([listener]))
    await until(lambda: server.started)
    node = await this_node()
    try:
        yield InProcessServer(listener.getsockname()[1], node)
    finally:
        server.should_exit = True
        await serving
        await node.stop()
        if not settings.REDIS_URL:
            await get_channel_layer().flush()  # a process that ends holds no subscriptions, and this one goes on


class DeafClient:
    """A client that sends and never reads: once its small buffer is full, the server's buffer grows."""

    def __init__(self, plug: socket.socket) -> None:
        self.plug = plug

    @classmethod
    async def dial(cls, server: "Server | InProcessServer", path: str, *headers: str) -> "DeafClient":
        plug = socket.socket()
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plug.settimeout(0)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(plug, ("127.0.0.1", server.port))
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}", f"Origin: {server.url}", *headers]
        lines += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
        await loop.sock_sendall(plug, "\r\n".join([*lines, "Sec-WebSocket-Version: 13", "", ""]).encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += await loop.sock_recv(plug, 1)
        assert b" 101 " in head, head
        return cls(plug)

    async def say(self, text: str | bytes) -> None:
        data = text.encode() if isinstance(text, str) else text
        first = 0x81 if isinstance(text, str) else 0x82
        frame = struct.pack("!BBI", first, 0x80 | len(data), 0) + data  # masked with zeros
        await asyncio.get_running_loop().sock_sendall(self.plug, frame)


async def in_thread(act: Callable[[], T]) -> T:
    """Do an async test's database work on a thread, and close the thread's connection."""

    def with_connection() -> T:
        try:
            return act()
        finally:
            connections.close_all()

    return await sync_to_async(with_connection, thread_sensitive=False)()


async def until(condition: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    deadline = asyncio.get_running_loop().time() + patience_s
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "the condition did not hold in time"
        await asyncio.sleep(0.01)


class Refusal(Exception):
    pass


@dataclass
class Phoenix:
    """One socket. `frames` holds what came, in order; `people` is folded as phoenix.js folds it."""

    socket: websockets.ClientConnection
    frames: list[list[Any]] = field(default_factory=list)
    people: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    gone: list[tuple[str, str]] = field(default_factory=list)  # (topic, key) of people who left
    joined: dict[str, str] = field(default_factory=dict)  # topic -> join_ref
    refs: int = 0
    listener: "asyncio.Task[None] | None" = None

    async def listen(self) -> None:
        try:
            async for text in self.socket:
                frame = json.loads(text)
                self.frames.append(frame)
                self._fold(frame[2], frame[3], frame[4])
        except websockets.ConnectionClosed:
            pass

    def _fold(self, topic: str, event: str, payload: dict[str, Any]) -> None:
        if event == "presence_state":
            before, self.people[topic] = (
                self.people.get(topic, {}),
                {k: list(one["metas"]) for k, one in payload.items()},
            )
            self.gone += [(topic, key) for key in before if key not in self.people[topic]]
        elif event == "presence_diff":
            people = self.people.setdefault(topic, {})
            for key, one in payload["joins"].items():
                known = {meta["phx_ref"] for meta in one["metas"]}
                people[key] = one["metas"] + [m for m in people.get(key, []) if m["phx_ref"] not in known]
            for key, one in payload["leaves"].items():
                gone = {meta["phx_ref"] for meta in one["metas"]}
                people[key] = [meta for meta in people.get(key, []) if meta["phx_ref"] not in gone]
                if not people[key]:
                    del people[key]
                    self.gone.append((topic, key))

    async def raw(self, text: str | bytes) -> None:
        await self.socket.send(text)

    async def push(self, topic: str, event: str, payload: dict[str, Any] | None = None) -> Any:
        """Send an event and return the response.

        Raises  Refusal, with the reason, when the status is not `ok`.
        """
        self.refs += 1
        ref = str(self.refs)
        if event == "phx_join":
            self.joined[topic] = ref
        await self.raw(json.dumps([self.joined.get(topic), ref, topic, event, payload or {}]))

        def answered() -> list[Any] | None:
            return next((f for f in self.frames if f[1] == ref and f[3] == "phx_reply" and f[2] == topic), None)

        await until(answered)
        found = answered()
        assert found is not None
        if found[4]["status"] != "ok":
            raise Refusal(found[4]["response"].get("reason"))
        return found[4]["response"]

    async def join(self, topic: str, **params: Any) -> Any:
        return await self.push(topic, "phx_join", params)

    async def leave(self, topic: str) -> None:
        await self.push(topic, "phx_leave")

    def events(self, topic: str, event: str) -> list[Any]:
        return [frame[4] for frame in self.frames if frame[2] == topic and frame[3] == event]

    async def hears(self, topic: str, event: str, count: int = 1, patience_s: float = PATIENCE_S) -> list[Any]:
        await until(lambda: len(self.events(topic, event)) >= count, patience_s)
        return self.events(topic, event)

    def activities(self, topic: str) -> dict[int, list[str | None]]:
        people = self.people.get(topic, {})
        return {int(key): [meta["current_activity"] for meta in metas] for key, metas in people.items()}

    async def sees(self, topic: str, expected: dict[int, list[str | None]], patience_s: float = PATIENCE_S) -> None:
        try:
            await until(lambda: self.activities(topic) == expected, patience_s)
        finally:
            assert self.activities(topic) == expected

    async def closed_with(self, patience_s: float = PATIENCE_S) -> int | None:
        await asyncio.wait_for(self.socket.wait_closed(), patience_s)
        return self.socket.close_code


def address(server: Reachable, token: str, **query: str) -> str:
    return f"ws://127.0.0.1:{server.port}/socket/websocket?" + urlencode({"token": token, "vsn": "2.0.0"} | query)


async def dial(server: Reachable, user: User, *, origin: str = "", token: str = "") -> Phoenix:
    token = token or token_for(user, datetime.now(UTC))
    where = websockets.Origin(origin or server.url)
    client = Phoenix(await websockets.connect(address(server, token), origin=where, compression=None, max_size=None))
    client.listener = asyncio.create_task(client.listen())
    return client


@asynccontextmanager
async def connected(server: "Server | InProcessServer", *users: User) -> AsyncIterator[list[Phoenix]]:
    """Connect one socket for each user; at the end they leave their topics, so that the next test finds empty rooms."""
    clients = [await dial(server, user) for user in users]
    try:
        yield clients
    finally:
        for client in clients:
            if client.socket.close_code is None:
                for topic in list(client.joined):
                    await client.raw(json.dumps([client.joined[topic], "bye", topic, "phx_leave", {}]))
                await client.socket.close()


# -- Pages of the same server ------------------------------------------------------------------------------
def post(server: Server, client: Client, path: str, **data: str) -> str:
    """Send a form to the running server with the session of a test client; the address it led to."""
    token = "a" * 32
    headers = {"Cookie": f"{cookies_of(client)}; csrftoken={token}", "X-CSRFToken": token, "Origin": server.url}
    request = urllib.request.Request(server.url + path, urlencode(data).encode(), headers)  # noqa: S310  (our own loopback)
    with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
        address: str = response.geturl()
    return address


def get(server: Server, client: Client, path: str) -> str:
    request = urllib.request.Request(server.url + path, headers={"Cookie": cookies_of(client)})  # noqa: S310
    with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
        page: str = response.read().decode()
    return page


def cookies_of(client: Client) -> str:
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


# -- Live pages --------------------------------------------------------------------------------------------
async def live(server: Server, client: Client, page: str, origin: str = "") -> websockets.ClientConnection:
    where = websockets.Origin(origin or server.url)
    headers = {"Cookie": cookies_of(client)}
    return await websockets.connect(
        f"ws://127.0.0.1:{server.port}/live/{page}/", origin=where, additional_headers=headers, compression=None
    )


@asynccontextmanager
async def watching(server: Server, client: Client, page: str) -> AsyncIterator[list[str]]:
    """Open a live page, and collect the fragments it receives."""
    got: list[str] = []

    async def listen(socket: websockets.ClientConnection) -> None:
        while True:
            got.append(str(await socket.recv()))

    async with await live(server, client, page) as socket:
        listening = asyncio.create_task(listen(socket))
        await until(lambda: got)  # every connection begins with all regions
        yield got
        listening.cancel()
