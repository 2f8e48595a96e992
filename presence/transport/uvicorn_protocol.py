"""uvicorn's WebSocket protocol, with direct access to the transport and a shutdown spread over several seconds."""

import random
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from presence.transport import shutdown
from presence.transport.outlets import EXTENSION

ADMITTED_PER_S = 1000  # reconnecting clients that the next process can admit without falling behind
MAX_SPREAD_S = 10.0


class DirectWebSocketProtocol(WebSocketsSansIOProtocol):
    """Hands its transport to the application.

    uvicorn selects it with `ws="presence.transport.uvicorn_protocol:DirectWebSocketProtocol"`.
    """

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):  # a refused handshake has none
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[EXTENSION] = self.transport

    def shutdown(self) -> None:
        """Close with 1012 at a random moment, because clients reconnect within milliseconds."""
        shutdown.begin(self.loop)
        spread_s = min(MAX_SPREAD_S, len(self.connections) / ADMITTED_PER_S)
        self.loop.call_later(random.uniform(0, spread_s), self._close_for_restart)  # noqa: S311  (jitter, no secret)

    def _close_for_restart(self) -> None:
        if not self.disconnected:
            super().shutdown()
