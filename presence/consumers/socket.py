"""The ASGI application of `/socket/websocket`."""

import asyncio
import base64
from typing import Any
from urllib.parse import parse_qs

from structlog.contextvars import bind_contextvars

from presence.consumers.refusal import AWAY, refuse_for_now
from presence.node import RealtimeNode, this_node
from presence.tokens import Ticket, read_token
from presence.transport import protocol, shutdown
from presence.transport.outlets import AsgiSend, outlet_for
from viral_engine.accounts.viewer_profiles import ViewerProfile

SUBPROTOCOL = "phoenix"
BEARER = "base64url.bearer.phx."


class SocketConsumer:
    """Admits a client and hands its messages to its socket.

    It is plain ASGI, because Channels' dispatch costs a thread hop per message and a channel per socket.

    Cost  a connection is one signature and a share of a batched read; a message is no task and no hop.
    """

    async def __call__(self, scope: dict[str, Any], receive: Any, send: AsgiSend) -> None:
        await receive()  # websocket.connect
        ticket, read_s = _ticket_in(scope), asyncio.get_running_loop().time()
        try:
            node = await this_node()
            viewer = await _viewer_of(ticket, node) if ticket is not None else None
        except AWAY as failure:
            await refuse_for_now(scope, send, failure)
            return
        if ticket is None or viewer is None or not node.has_room_for_socket(viewer.id):
            await send({"type": "websocket.close"})  # before the upgrade: 403
            return
        await send({"type": "websocket.accept", "subprotocol": _answered_subprotocol(scope)})
        socket = node.admit(viewer, outlet_for(scope, send), issued_at=ticket.issued_at, read_s=read_s)
        bind_contextvars(socket_id=socket.id)
        try:
            while True:
                message = await receive()
                if message["type"] == "websocket.disconnect":
                    return
                socket.receive(message)
        finally:
            node.dismiss(socket, is_restart=shutdown.is_under_way())  # the client may have chosen the close code


def _ticket_in(scope: dict[str, Any]) -> Ticket | None:
    """The ticket of a valid token; None for another version of the protocol."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    if query.get("vsn") != [protocol.VSN]:
        return None
    return read_token(_token_in(scope) or query.get("token", [""])[0])


async def _viewer_of(ticket: Ticket, node: RealtimeNode) -> ViewerProfile | None:
    """The ticket's owner; None if they may not enter, have logged out since, or have another password now."""
    viewer = await node.viewer(ticket.user_id) if node.allows_handshake(ticket.user_id) else None
    if viewer is None or not viewer.may_enter or viewer.has_signed_out_since(ticket.issued_at):
        return None
    if ticket.password_stamp not in viewer.password_stamps:
        return None
    return viewer


def _token_in(scope: dict[str, Any]) -> str:
    """The client's `authToken`, which it sends as a second subprotocol."""
    for name in scope.get("subprotocols", ()):
        if name.startswith(BEARER):
            text = name.removeprefix(BEARER)
            try:
                return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
            except ValueError:  # not base64, or not text
                return ""
    return ""


def _answered_subprotocol(scope: dict[str, Any]) -> str | None:
    return SUBPROTOCOL if SUBPROTOCOL in scope.get("subprotocols", ()) else None
