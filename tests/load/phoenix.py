"""A learner's socket: joins its topics, beats, and checks sequence numbers. It parses as little JSON as possible."""

import json
import time
from contextlib import suppress

import gevent
from gevent.event import AsyncResult

from tests.load.measures import MARK, Measures, age_ms
from tests.load.websocket import SocketClosed, WebSocket

REPLY_S = 10.0  # phoenix.js gives up then as well
NUMBER = b'"seq":'
BROADCAST = b"[null,null,"
REPLY_HEAD = 120  # "phx_reply" is among the first bytes


class PhoenixSocket:
    """One socket of one person, on several topics."""

    def __init__(self, socket: WebSocket, measures: Measures) -> None:
        self._socket = socket
        self._measures = measures
        self._refs = 0
        self._waiting: dict[str, AsyncResult[dict[str, object]]] = {}
        self.numbers: dict[str, int] = {}  # topic -> last sequence number
        self.is_open = True
        measures.sockets += 1
        self._reader = gevent.spawn(self._read)

    def ask(self, topic: str, event: str, payload: dict[str, object], name: str) -> bool:
        """Send and wait for the reply; counted under `name`. True when the reply is ok."""
        self._refs += 1
        ref, started = str(self._refs), time.perf_counter()
        self._waiting[ref] = answer = AsyncResult()
        error = ""
        try:
            self._socket.send(json.dumps([topic, ref, topic, event, payload]))
            reply = answer.get(timeout=REPLY_S)
            if reply["status"] != "ok":
                error = str(reply["response"])[:80]
        except (OSError, SocketClosed, gevent.Timeout) as failure:
            error = str(failure) or type(failure).__name__
        self._waiting.pop(ref, None)
        self._measures.note_action(name, (time.perf_counter() - started) * 1000, error)
        return not error

    def beat(self) -> None:
        with suppress(OSError):
            self._socket.send('[null,"beat","phoenix","heartbeat",{}]')

    def close(self) -> None:
        if self.is_open:
            self.is_open = False
            self._measures.sockets -= 1
            self._reader.kill(block=False)
            self._socket.close()

    def _read(self) -> None:
        try:
            for text in self._socket.texts():
                self._receive(text)
        except SocketClosed:
            if self.is_open:
                self.is_open = False
                self._measures.sockets -= 1
                self._measures.dropped += 1

    def _receive(self, text: bytes) -> None:
        self._measures.frames += 1
        if text.startswith(BROADCAST):
            self._broadcast(text)
        elif text.find(b'"phx_reply"', 0, REPLY_HEAD) > 0:
            self._reply(text)
        elif text.find(b'"resync"', 0, REPLY_HEAD) > 0:
            self._measures.resyncs += 1

    def _broadcast(self, text: bytes) -> None:
        """[null,null,"cohort:7","new_message",{...,"seq":17}]"""
        _, topic_bytes, _, event, rest = text.split(b'"', 4)
        topic = topic_bytes.decode()
        place = text.rfind(NUMBER, -32)
        if place > 0 and topic in self.numbers:
            seq = int(text[place + len(NUMBER) : -2])
            self.numbers[topic] = self._measures.note_number(topic, self.numbers[topic], seq)
        if event == b"new_message":
            letters = rest.partition(MARK.encode())[2].partition(b'"')[0]
            if letters:
                self._measures.note_arrival(age_ms(letters.decode()))

    def _reply(self, text: bytes) -> None:
        join_ref, ref, topic, _, payload = json.loads(text)
        response = payload["response"]
        if join_ref == topic and payload["status"] == "ok" and "seq" in response and "epoch" in response:
            self.numbers[topic] = response["seq"]
        if ref in self._waiting:
            self._waiting[ref].set(payload)

    def missing_at_the_end(self) -> int:
        """Numbered frames that others received after this socket's last one."""
        newest = self._measures.newest
        return sum(max(newest.get(topic, 0) - last, 0) for topic, last in self.numbers.items())
