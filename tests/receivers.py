"""Webhook and mail servers on this machine: they answer as the test says, and keep what they receive."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers import free_port


@dataclass
class Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    after_s: float = 0.0
    drip_s: float = 0.0  # between two bytes of the body
    body: bytes = b""


@dataclass
class Receiver:
    """The bodies received, and the answers to come; the last answer is repeated."""

    url: str
    answers: list[Answer]
    bodies: list[dict[str, Any]] = field(default_factory=list)
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)  # headers and body as they came
    dripped: int = 0  # bytes sent one by one before the client hung up

    def next(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def receiving(*answers: Answer, path: str = "/services/T0/B0/hook-secret-31337") -> Iterator[Receiver]:
    """Run an HTTP server that accepts JSON."""
    receiver = Receiver("", list(answers) or [Answer(200)])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == path
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = receiver.next()
            time.sleep(answer.after_s)
            receiver.bodies.append(json.loads(body))
            receiver.calls.append((dict(self.headers), body))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if not answer.drip_s:
                self.wfile.write(answer.body)
                return
            with suppress(OSError):  # the client hangs up
                for place in range(len(answer.body)):
                    self.wfile.write(answer.body[place : place + 1])
                    receiver.dripped += 1
                    time.sleep(answer.drip_s)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}{path}"
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


class Mailroom:
    """An SMTP handler that refuses with `refusal`, or keeps the mail."""

    def __init__(self, refusal: str = "", after_s: float = 0.0) -> None:
        self.refusal = refusal
        self.after_s = after_s  # a slow server takes a mail so late
        self.mails: list[str] = []

    async def handle_RCPT(  # noqa: N802  (the name the protocol gives it)
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        await asyncio.sleep(self.after_s)
        self.mails.append(envelope.content.decode())
        return "250 OK"


@contextmanager
def mailing(refusal: str = "", port: int = 0, after_s: float = 0.0) -> Iterator[tuple[Mailroom, int]]:
    """Run a mail server; its mailroom and its port."""
    mind, port = Mailroom(refusal, after_s), port or free_port()
    controller = Controller(mind, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield mind, port
    finally:
        controller.stop()
