"""The baseline servers, one process each: `python -m benchmarks.baselines <name> <port>`.

stock-uvicorn, stock-daphne   a consumer from the Channels documentation, group_send on the pubsub layer
handshake                     an ASGI application under uvicorn that accepts a socket and does nothing else
bare                          picows, which writes each message of a Redis channel to every socket, without groups
"""

import http
import os
import sys
from typing import Any

GROUP = "benchmark"
NAMES = ("stock-uvicorn", "stock-daphne", "handshake", "bare")


def stock_application() -> Any:
    import django
    from django.conf import settings

    settings.configure(
        CHANNEL_LAYERS={
            "default": {
                "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
                "CONFIG": {"hosts": [os.environ["BENCH_REDIS"]]},
            }
        }
    )
    django.setup()
    from channels.generic.websocket import AsyncWebsocketConsumer
    from channels.routing import ProtocolTypeRouter

    class Stock(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels is untyped
        async def connect(self) -> None:
            await self.channel_layer.group_add(GROUP, self.channel_name)
            await self.accept()

        async def activity(self, event: dict[str, Any]) -> None:
            await self.send(text_data=event["text"])

    return ProtocolTypeRouter({"http": _refuse, "websocket": Stock.as_asgi()})


async def handshake(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await _refuse(scope, receive, send)
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            continue


async def _refuse(_scope: dict[str, Any], _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": http.HTTPStatus.NOT_FOUND, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def bare(port: int) -> None:
    from picows import WSListener, WSMsgType, WSTransport, ws_create_server
    from redis.asyncio import Redis

    sockets: set[WSTransport] = set()

    class Listener(WSListener):
        def on_ws_connected(self, transport: WSTransport) -> None:
            sockets.add(transport)

        def on_ws_disconnected(self, transport: WSTransport) -> None:
            sockets.discard(transport)

    await ws_create_server(lambda _: Listener(), "127.0.0.1", port)
    async with Redis.from_url(os.environ["BENCH_REDIS"]).pubsub() as subscriber:
        await subscriber.subscribe(GROUP)
        async for message in subscriber.listen():
            if message["type"] == "message":
                for socket in sockets:
                    socket.send(WSMsgType.TEXT, message["data"])


def main(name: str, port: int) -> None:
    import uvicorn

    options: dict[str, Any] = {"port": port, "log_level": "error", "lifespan": "off", "ws_per_message_deflate": False}
    if name == "stock-uvicorn":
        uvicorn.run("benchmarks.baselines:stock_application", factory=True, **options)
    elif name == "stock-daphne":
        command = ["daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port), "benchmarks.baselines:stock"]
        os.execv(sys.executable, [sys.executable, "-m", *command])  # noqa: S606
    elif name == "handshake":
        uvicorn.run(handshake, ws="websockets-sansio", **options)
    else:
        import uvloop

        uvloop.run(bare(port))


def __getattr__(name: str) -> Any:
    """Create `stock` when daphne imports it, because settings can be configured only once."""
    if name == "stock":
        return stock_application()
    raise AttributeError(name)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
