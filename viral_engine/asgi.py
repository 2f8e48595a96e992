"""One ASGI application for daphne and uvicorn alike: pages, the JSON socket and the HTML socket."""

import asyncio
import gc
import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "viral_engine.settings")
http = get_asgi_application()

# Models load only once Django is set up.
from channels.routing import URLRouter  # noqa: E402
from django.urls import path, re_path  # noqa: E402

from monitoring import watch  # noqa: E402
from monitoring.traffic import counted  # noqa: E402
from presence.consumer import SocketConsumer  # noqa: E402
from presence.consumers.live_page import LivePageConsumer  # noqa: E402
from presence.origin import SameOrigin  # noqa: E402
from viral_engine.kernel import topics  # noqa: E402

routes: list[Any] = [path("socket/websocket", SocketConsumer()), re_path("^live/", LivePageConsumer())]  # type: ignore[arg-type]  # ASGI
sockets = SameOrigin(URLRouter(routes))
pages = counted(http, watch.tally)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer HTTP and WebSockets; a WebSocket of no route is refused before the upgrade."""
    loop = asyncio.get_running_loop()
    topics.bind_server_loop(loop)
    watch.begin(loop)
    if scope["type"] == "http":
        await pages(scope, receive, send)
    elif scope["type"] == "websocket":
        await sockets(scope, receive, send)


# What is loaded now stays, and sockets live long: to look through them again and again is for nothing. By the
# collector's own thresholds a thousand people who connect at once cost half as much again (benchmarks.join_storm).
gc.freeze()
gc.set_threshold(20_000, 20, 50)
