"""Refuse sockets that pages of other sites open with a visitor's cookies."""

from typing import Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from presence.rules import is_same_origin
from presence.transport.outlets import AsgiSend


class SameOrigin:
    """Refuses a handshake unless its Origin is exactly this site: scheme, host and port (docs/realtime.md)."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: AsgiSend) -> None:
        headers = dict(scope["headers"])
        origin, host = (headers.get(name, b"").decode("latin-1") for name in (b"origin", b"host"))
        is_ours = not settings.PRODUCTION and validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)
        if is_same_origin(origin, allowed=settings.SOCKET_ORIGINS, host=host, trusts_host=is_ours):
            await self._application(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close"})
