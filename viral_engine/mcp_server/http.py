"""The door of the MCP server over HTTP: a key for each request, one JSON answer, and no session to keep."""

from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse

from viral_engine.api.auth import KeyWith
from viral_engine.api.models import ApiKey
from viral_engine.api.problems import Refusal
from viral_engine.api.problems import answer as problem
from viral_engine.api.rules import MAX_BODY
from viral_engine.kernel.database_gate import gate, is_outage
from viral_engine.kernel.error_pages import RETRY_AFTER_S
from viral_engine.mcp_server.calls import ENTRY_SCOPE, Caller, caller, in_thread

PATH = "/mcp"
HEADERS = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
Scope = dict[str, Any]


async def mcp_application(scope: Scope, receive: Any, send: Any) -> None:
    """Answer one request of a program. GET and DELETE are 405: there is no session to follow or to end."""

    async def sending(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = message | {"headers": [*message.get("headers", ()), *HEADERS]}
        await send(message)

    found = await in_thread(lambda: _admit(scope))
    if isinstance(found, HttpResponse):
        await _send(found, sending)
        return
    caller.set(Caller("", found))
    await _serve(scope, receive, sending)


async def _serve(scope: Scope, receive: Any, send: Any) -> None:
    """Let the SDK answer. A manager lives for one request, because a server without ASGI's lifespan starts none."""
    manager = await in_thread(_new_manager)
    async with manager.run():
        await manager.handle_request(scope, receive, send)


def _new_manager() -> Any:
    # The SDK takes half a second to import: only a process that is asked pays for it.
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    from viral_engine.mcp_server.server import agents_server

    server = agents_server()._lowlevel_server  # the SDK's own app holds it in the same way
    return StreamableHTTPSessionManager(server, json_response=True, stateless=True, max_request_body_size=MAX_BODY)


def _admit(scope: Scope) -> ApiKey | HttpResponse:
    """The key of the request, or the answer to one that may not come in. Cost  as `KeyWith`."""
    request = ASGIRequest(scope, BytesIO())
    try:
        request.get_host()
        _require_our_own(request)
        return KeyWith(ENTRY_SCOPE)(request)
    except DisallowedHost:
        return problem(Refusal(400, "invalid", "The host is not ours."))
    except Refusal as refusal:
        return problem(refusal)
    except (OperationalError, InterfaceError) as error:
        if not is_outage(error):
            raise
        gate.report()
        unavailable = Refusal(503, "unavailable")
        unavailable.headers["Retry-After"] = str(RETRY_AFTER_S)
        return problem(unavailable)


def _require_our_own(request: ASGIRequest) -> None:
    """Require POST, TLS where the site requires it, and no page of another site. Raises  Refusal."""
    if request.method != "POST":
        refusal = Refusal(405, "method_not_allowed")
        refusal.headers["Allow"] = "POST"
        raise refusal
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        raise Refusal(403, "invalid", "Use https.")
    if request.headers.get("Origin", settings.SITE_URL) != settings.SITE_URL:
        raise Refusal(403, "invalid", "Pages of other sites may not ask.")


async def _send(response: HttpResponse, send: Any) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in response.items()]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": response.content})
