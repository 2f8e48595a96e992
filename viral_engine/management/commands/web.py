from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.core.management.base import BaseCommand

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


class Command(BaseCommand):
    help = "Serve pages and sockets in production with uvicorn."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=1, help="more than one needs REDIS_URL")

    def handle(self, *_: Any, host: str, port: int, workers: int, **__: Any) -> None:
        uvicorn.run(host=host, port=port, workers=workers, **SERVER)
