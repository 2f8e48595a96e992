"""Threat 9: a small compressed frame that unpacks to megabytes. Compression is not offered."""

import pytest
import websockets

from presence.tokens import token_for
from tests.factories import person
from tests.sockets import in_thread, serving
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now


@pytest.mark.django_db(transaction=True)
async def test_the_server_does_not_agree_to_compression() -> None:
    ada: User = await in_thread(lambda: person("Ada"))
    with serving() as server:
        url = f"ws://127.0.0.1:{server.port}/socket/websocket?vsn=2.0.0&token={token_for(ada, now())}"
        async with websockets.connect(url, origin=websockets.Origin(server.url), compression="deflate") as socket:
            assert socket.response is not None
            assert "Sec-WebSocket-Extensions" not in socket.response.headers
            assert socket.protocol.extensions == []
