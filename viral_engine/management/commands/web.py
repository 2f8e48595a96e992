import asyncio
import signal
from argparse import ArgumentParser
from contextlib import suppress
from types import FrameType
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand
from uvicorn.config import STARTUP_FAILURE

from presence.transport import shutdown

SERVER: dict[str, Any] = {
    "app": "viral_engine.asgi:application",
    "http": "presence.transport.http_guard:GuardedHttpProtocol",
    "proxy_headers": False,  # uvicorn would believe X-Forwarded-For of any program on this machine
    "ws": "presence.transport.uvicorn_protocol:DirectWebSocketProtocol",
    "ws_max_size": 64 * 1024,
    "ws_per_message_deflate": False,  # compression costs CPU per socket, and a small frame could unpack to megabytes
    "lifespan": "off",
    "log_level": "warning",
    "access_log": False,
    "log_config": None,  # uvicorn's lines go to the site's log
    "timeout_graceful_shutdown": 20,
}


class DrainingServer(uvicorn.Server):
    """Turns readiness off first, and stops to listen only when load balancers have noticed.

    SIGTERM begins the drain; a second signal, or SIGINT from a keyboard, stops it at once. The processes of `--workers`
    are uvicorn's own, and do not drain.
    """

    is_draining = False

    async def serve(self, sockets: Any = None) -> None:
        self.loop = asyncio.get_running_loop()
        await super().serve(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig != signal.SIGTERM or self.is_draining or not settings.WEB_DRAIN_S:
            super().handle_exit(sig, frame)
            return
        self.is_draining = True
        shutdown.begin(self.loop)
        self.loop.call_soon_threadsafe(self.loop.call_later, settings.WEB_DRAIN_S, super().handle_exit, sig, frame)


class Command(BaseCommand):
    help = "Serve pages and sockets in production with uvicorn."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=1, help="more than one needs REDIS_URL")

    def handle(self, *_: Any, host: str, port: int, workers: int, **__: Any) -> None:
        if workers > 1:
            uvicorn.run(host=host, port=port, workers=workers, **SERVER)
            return
        server = DrainingServer(uvicorn.Config(host=host, port=port, **SERVER))
        with suppress(KeyboardInterrupt):
            server.run()
        if not server.started:
            raise SystemExit(STARTUP_FAILURE)
