"""The production server: uvicorn that binds before it promises anything, and leaves a load balancer before it stops."""

import asyncio
import errno
import signal
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import CommandError

from presence.transport import shutdown

CONFIG: dict[str, Any] = {
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
LOOK_EVERY_S = 0.1


class SiteServer(uvicorn.Server):
    """After SIGTERM, /api/ready answers 503 for SHUTDOWN_DRAIN_S seconds while requests are still accepted.

    So a load balancer learns of the end before a connection is refused. Ctrl-C, or a second signal, ends at once.
    """

    def __init__(self, config: uvicorn.Config, *, when_up: Callable[[], object] | None = None) -> None:
        super().__init__(config)
        self._when_up = when_up

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._when_up is not None:
            self._when_up()

    async def main_loop(self) -> None:
        await super().main_loop()
        loop = asyncio.get_running_loop()
        shutdown.begin(loop)
        ends_at = loop.time() + settings.SHUTDOWN_DRAIN_S
        # A loop, because uvicorn's signal handler sets no event.
        while loop.time() < ends_at and self._captured_signals == [signal.SIGTERM]:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_EVERY_S)


def bind(host: str, port: int) -> socket.socket:
    """Take the port, so that nothing is announced that cannot be served.

    Raises  CommandError that names the port, and what to do.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except OSError as failure:
        taken.close()
        if failure.errno == errno.EADDRINUSE:
            raise CommandError(
                f"Port {port} is in use. Stop the other program, or choose another port: PORT=8001."
            ) from None
        raise CommandError(f"Port {port} of {host} cannot be used: {failure.strerror}.") from None
    taken.set_inheritable(True)
    return taken


def serve(bound: socket.socket, *, when_up: Callable[[], object] | None = None) -> None:
    """Serve pages and sockets on the bound port until a signal ends this process; `when_up` runs once it accepts."""
    SiteServer(uvicorn.Config(**CONFIG), when_up=when_up).run(sockets=[bound])
