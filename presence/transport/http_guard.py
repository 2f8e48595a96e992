"""uvicorn's HTTP protocol with an end to requests that never arrive, and few of them for one address."""

import asyncio
from collections import Counter
from typing import ClassVar, cast

from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

GRACE_S = 1.0  # a thousand people who connect at once are all read within it
HEAD_S = 10.0
BODY_S = 60.0
MAX_WAITING = 20  # connections of one address whose request has not arrived after the grace
PEER_IS_DIRECT = "peer_is_direct"  # in the scope's state: this server never believes X-Forwarded-For


class GuardedHttpProtocol(HttpToolsProtocol):
    """Ends a connection whose head takes over 10 s, or whose body takes over a minute.

    uvicorn alone waits for ever. It selects this class with `http="presence.transport.http_guard:GuardedHttpProtocol"`.
    A WebSocket handshake is such a request, too. Behind our own proxy all connections have one address: no cap there.

    Cost  a timer for each connection and request.
    """

    _waiting: ClassVar[Counter[str]] = Counter()
    _timer: asyncio.TimerHandle | None = None
    _counted: str = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast("asyncio.Transport", transport))
        self._timer = self.loop.call_later(GRACE_S, self._lingers)

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"][PEER_IS_DIRECT] = True
        if self._timer is None:  # the next request of a connection that was kept alive
            self._timer = self.loop.call_later(GRACE_S, self._lingers)

    def on_headers_complete(self) -> None:
        self._arrived()
        self._timer = self.loop.call_later(BODY_S, self.transport.abort)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._arrived()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._arrived()
        super().handle_websocket_upgrade()

    def _lingers(self) -> None:
        """Let a few connections of an address wait on, and end the others."""
        address = self.client[0] if self.client else ""
        if not settings.TRUSTED_PROXY_HOPS:
            if self._waiting[address] >= MAX_WAITING:
                self.transport.abort()
                return
            self._waiting[address] += 1
            self._counted = address
        self._timer = self.loop.call_later(HEAD_S - GRACE_S, self.transport.abort)

    def _arrived(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._counted:
            self._waiting[self._counted] -= 1
            if not self._waiting[self._counted]:
                del self._waiting[self._counted]
            self._counted = ""
