"""uvicorn with its transport handed to the application, and a stop that does not send everybody back at once."""

import random
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from presence import stop
from presence.transports import EXTENSION

ADMITTED_PER_S = 1000  # how many clients the next process takes back without falling behind
LONGEST_SPREAD_S = 10.0


class DirectWebSocketProtocol(WebSocketsSansIOProtocol):
    """Chosen with `ws="presence.servers:DirectWebSocketProtocol"`."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):  # a handshake that was refused has none
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[EXTENSION] = self.transport

    def shutdown(self) -> None:
        """Close with 1012, each socket at a moment of its own: they all come back within milliseconds."""
        stop.begin(self.loop)
        spread_s = min(LONGEST_SPREAD_S, len(self.connections) / ADMITTED_PER_S)
        self.loop.call_later(random.uniform(0, spread_s), self._close_for_restart)  # noqa: S311  (jitter, no secret)

    def _close_for_restart(self) -> None:
        if not self.disconnected:
            super().shutdown()
