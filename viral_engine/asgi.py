"""One ASGI application for daphne and uvicorn alike."""

import asyncio
import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "viral_engine.settings")
http = get_asgi_application()

from viral_engine.kernel import topics  # noqa: E402  (models load only once Django is set up)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer HTTP; a WebSocket is refused until the presence app opens its door (issue #3)."""
    topics.bind_server_loop(asyncio.get_running_loop())
    if scope["type"] == "http":
        await http(scope, receive, send)
    elif scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1000})
