"""Requests to a small ASGI application behind the request counter."""

from typing import Any

from monitoring.request_counter import RequestCounter, counting_requests


def answering(status: int | None) -> Any:
    async def application(_: object, __: object, send: Any) -> None:
        if status is None:
            return
        await send({"type": "http.response.start", "status": status})
        await send({"type": "http.response.body", "body": b""})

    return application


async def ask(application: Any, tally: RequestCounter, path: str = "/") -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await counting_requests(application, tally)({"type": "http", "path": path}, None, send)
    return sent
