"""MCP over streamable HTTP at /mcp: stateless, answered as JSON, with an API key as the bearer token."""

import json
from functools import cache
from io import BytesIO
from typing import Any

from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.db import InterfaceError, OperationalError
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings

from viral_engine.api.auth import check_key, token_of
from viral_engine.api.mcp.calls import find_caller, run_in_thread
from viral_engine.api.mcp.server import build_server
from viral_engine.api.models import ApiKey
from viral_engine.api.problems import CONTENT_TYPE, Refusal, unavailable
from viral_engine.api.rules import MAX_BODY
from viral_engine.kernel.client_identity import client_ip
from viral_engine.kernel.database_gate import gate, is_outage


async def mcp_endpoint(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer one request; the key is checked, and counted, before the SDK reads anything."""
    request = ASGIRequest(scope, BytesIO())
    try:
        request.get_host()
        key = await run_in_thread(lambda: check_key(token_of(request), address=client_ip(request)))
    except DisallowedHost:
        await _refuse(send, Refusal(400, "invalid", "The Host header names another site."))
    except Refusal as refusal:
        await _refuse(send, refusal)
    except (OperationalError, InterfaceError) as error:
        if not is_outage(error):
            raise
        gate.report()
        await _refuse(send, unavailable())
    else:
        await _serve(key, scope, receive, send)


async def _serve(key: ApiKey, scope: dict[str, Any], receive: Any, send: Any) -> None:
    token = find_caller.set(lambda: key)  # the tasks of the SDK are started inside, and see it
    try:
        manager = StreamableHTTPSessionManager(
            app=_core(),
            json_response=True,
            stateless=True,
            max_request_body_size=MAX_BODY,
            # Hosts are checked above; a page of another site has no key to send.
            security_settings=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )
        async with manager.run():
            await manager.handle_request(scope, receive, send)
    finally:
        find_caller.reset(token)


@cache
def _core() -> Any:
    server = build_server()
    server.streamable_http_app(stateless_http=True, json_response=True)  # makes the manager that names the core
    return server.session_manager.app


async def _refuse(send: Any, refusal: Refusal) -> None:
    headers = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"} | refusal.headers
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": raw})
    await send({"type": "http.response.body", "body": json.dumps(refusal.body()).encode()})
