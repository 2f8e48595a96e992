"""A client of the site's socket that notes when each message arrives."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import websockets
from websockets.sync.client import ClientConnection, connect

from monitoring.demo.stage import Actor, DemoStage
from presence.tokens import token_for
from presence.transport import protocol
from viral_engine.kernel.clock import now

REPLY_S = 10.0


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message that a socket received; `at_s` is of the process's monotonic clock."""

    at_s: float
    received_at: datetime
    topic: str
    event: str
    payload: Any


@dataclass(slots=True)
class Listener:
    """One person's socket, read by a thread."""

    socket: ClientConnection
    arrivals: list[Arrival] = field(default_factory=list)
    refs: int = 0
    joined: dict[str, str] = field(default_factory=dict)

    def read(self) -> None:
        """Note each message until the socket closes."""
        try:
            for text in self.socket:
                _, _, topic, event, payload = json.loads(text)
                self.arrivals.append(Arrival(time.monotonic(), now(), topic, event, payload))
        except websockets.ConnectionClosed:
            return

    def push(self, topic: str, event: str, payload: dict[str, Any] | None = None) -> float:
        """Send a message; the instant it was sent."""
        self.refs += 1
        if event == protocol.JOIN:
            self.joined[topic] = str(self.refs)
        sent_at_s = time.monotonic()
        self.socket.send(json.dumps([self.joined.get(topic), str(self.refs), topic, event, payload or {}]))
        return sent_at_s

    def join(self, topic: str) -> None:
        self.push(topic, protocol.JOIN)

    def last(self, topic: str, event: str, since_s: float = 0.0) -> Arrival | None:
        """The newest message of this kind, or None."""
        found = (one for one in reversed(list(self.arrivals)) if (one.topic, one.event) == (topic, event))
        return next((one for one in found if one.at_s >= since_s), None)


@contextmanager
def listening(stage: DemoStage, actor: Actor) -> Iterator[Listener]:
    """Connect a person's socket with a token of their account, and read it until the block ends."""
    query = urlencode({"token": token_for(actor.user, now()), "vsn": protocol.VSN})
    address = stage.url.replace("http", "ws", 1) + f"/socket/websocket?{query}"
    with connect(address, origin=websockets.Origin(stage.url), compression=None, open_timeout=REPLY_S) as socket:
        listener = Listener(socket)
        thread = threading.Thread(target=listener.read, name="demo-socket", daemon=True)
        thread.start()
        yield listener
    thread.join(timeout=REPLY_S)
