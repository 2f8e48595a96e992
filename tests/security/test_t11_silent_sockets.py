"""Threat 11: sockets that never finish their handshake use up the server's slots."""

import asyncio
import socket
import time

import pytest

from tests.sockets import serving

SILENT = 300
HALF = b"GET /socket/websocket HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.mark.django_db(transaction=True)
async def test_a_page_opens_within_a_second_beside_three_hundred_half_open_handshakes() -> None:
    with serving() as server:
        held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(SILENT)]
        try:
            for plug in held:
                plug.sendall(HALF)
            started_s = time.monotonic()
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(b"GET /api/health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            answer = await asyncio.wait_for(reader.read(), timeout=5)
            writer.close()
            assert answer.startswith(b"HTTP/1.1 200")
            assert time.monotonic() - started_s < 1
        finally:
            for plug in held:
                plug.close()
