"""The ASGI application, for daphne and uvicorn: pages, the MCP server, the JSON socket and the HTML socket."""

import asyncio
import gc
import os
from typing import Any

from viral_engine.kernel.http_handler import http_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "viral_engine.settings")
http = http_application()

# Models load only once Django is set up.
from channels.routing import URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import path, re_path  # noqa: E402

from monitoring import web_watchdog  # noqa: E402
from monitoring.request_counter import counting_requests  # noqa: E402
from presence.consumers.live_page import LivePageConsumer  # noqa: E402
from presence.consumers.socket import SocketConsumer  # noqa: E402
from presence.transport.http_guard import PEER_IS_DIRECT  # noqa: E402
from presence.transport.same_origin import SameOrigin  # noqa: E402
from viral_engine.kernel import pubsub  # noqa: E402
from viral_engine.mcp_server.http import PATH as MCP_PATH  # noqa: E402
from viral_engine.mcp_server.http import mcp_application  # noqa: E402

json_socket: Any = SocketConsumer()  # Any: an ASGI application, where `path` expects a view
html_socket: Any = LivePageConsumer()
sockets = SameOrigin(URLRouter([path("socket/websocket", json_socket), re_path("^live/", html_socket)]))


async def http_or_mcp(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await (mcp_application if scope["path"] == MCP_PATH else http)(scope, receive, send)


pages = counting_requests(http_or_mcp, web_watchdog.request_counter)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer HTTP and WebSockets; a WebSocket without a route is refused before the upgrade."""
    loop = asyncio.get_running_loop()
    pubsub.bind_server_loop(loop)
    web_watchdog.start(loop)
    if scope["type"] == "http":
        await pages(without_forwarded_peer(scope), receive, send)
    elif scope["type"] == "websocket":
        await sockets(scope, receive, send)


def without_forwarded_peer(scope: dict[str, Any]) -> dict[str, Any]:
    """Give requests that a foreign server may have relabeled one common address, unless we are behind proxies.

    Stock uvicorn writes X-Forwarded-For into the scope for peers on this machine, where any client may choose it.
    `manage.py web` does not, and says so in the scope.
    """
    if settings.TRUSTED_PROXY_HOPS or scope.get("state", {}).get(PEER_IS_DIRECT):
        return scope
    if any(name == b"x-forwarded-for" for name, _ in scope["headers"]):
        return scope | {"client": ("127.0.0.1", 0)}
    return scope


# Rescanning loaded code and long-lived sockets wastes CPU. With the garbage collector's default thresholds, a thousand
# people who connect at once cost half as much again (benchmarks.join_storm).
gc.freeze()
gc.set_threshold(20_000, 20, 50)
