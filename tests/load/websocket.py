"""A small WebSocket client over gevent sockets, for thousands of clients in one process."""

import base64
import hashlib
import os
import struct
from collections.abc import Iterator
from contextlib import suppress

from gevent import socket

ACCEPT_KEY = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
FINAL, MASKED = 0x80, 0x80
MAX_SHORT, LENGTH_16, LENGTH_64 = 125, 126, 127
READ_BYTES = 16 * 1024


class SocketClosed(Exception):
    """The connection ended; `code` is the server's close code, 1006 without one."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class WebSocket:
    """One connection. `texts` reads it, and answers pings; only one greenlet may read."""

    def __init__(self, host: str, port: int, path: str, *, origin: str, timeout_s: float = 30.0) -> None:
        self._buffer = bytearray()
        self._socket = socket.create_connection((host, port), timeout=timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._shake_hands(host, port, path, origin)
        self._socket.settimeout(None)

    def _shake_hands(self, host: str, port: int, path: str, origin: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {host}:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            f"Origin: {origin}",
        ]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while b"\r\n\r\n" not in self._buffer:
            self._read()
        head, _, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        self._buffer = bytearray(rest)
        expected = base64.b64encode(hashlib.sha1((key + ACCEPT_KEY).encode()).digest())  # noqa: S324  (as RFC 6455 asks)
        if b" 101 " not in head.split(b"\r\n")[0] or expected not in head:
            self._socket.close()
            raise ConnectionError(f"handshake refused: {head[:40].decode('latin-1')}")

    def send(self, text: str) -> None:
        self._send_frame(TEXT, text.encode())

    def _send_frame(self, kind: int, payload: bytes) -> None:
        size, mask = len(payload), os.urandom(4)
        if size <= MAX_SHORT:
            head = struct.pack("!BB", FINAL | kind, MASKED | size)
        elif size < 1 << 16:
            head = struct.pack("!BBH", FINAL | kind, MASKED | LENGTH_16, size)
        else:
            head = struct.pack("!BBQ", FINAL | kind, MASKED | LENGTH_64, size)
        stream = (mask * (size // 4 + 1))[:size]
        masked = (int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")).to_bytes(size, "big")
        self._socket.sendall(head + mask + masked)

    def texts(self) -> Iterator[bytes]:
        """The server's text frames until the connection ends.

        Raises  SocketClosed.
        """
        while True:
            kind, payload = self._next_frame()
            if kind == TEXT:
                yield payload
            elif kind == PING:
                self._send_frame(PONG, payload)
            elif kind == CLOSE:
                raise SocketClosed(int.from_bytes(payload[:2], "big") or 1005)

    def _next_frame(self) -> tuple[int, bytes]:
        """One whole frame; our server never splits a message."""
        first, second = self._take(2)
        size = second & 0x7F
        if size == LENGTH_16:
            size = int.from_bytes(self._take(2), "big")
        elif size == LENGTH_64:
            size = int.from_bytes(self._take(8), "big")
        return first & 0x0F, self._take(size)

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._read()
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def _read(self) -> None:
        try:
            part = self._socket.recv(READ_BYTES)
        except OSError as broken:
            raise SocketClosed(1006) from broken
        if not part:
            raise SocketClosed(1006)
        self._buffer += part

    def close(self) -> None:
        """Say goodbye and hang up; a connection that broke before is no error."""
        with suppress(OSError):
            self._send_frame(CLOSE, struct.pack("!H", 1000))
        self._socket.close()
