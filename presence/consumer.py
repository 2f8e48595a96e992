"""The door `/socket/websocket`: who may connect, and a loop that hands messages to their socket."""

import base64
from typing import Any
from urllib.parse import parse_qs

from structlog.contextvars import bind_contextvars

from presence import protocol, stop
from presence.node import Node, this_node
from presence.tokens import Ticket, read_token
from presence.transports import Send, outlet_for
from viral_engine.accounts.cards import Card

SUBPROTOCOL = "phoenix"
BEARER = "base64url.bearer.phx."


class SocketConsumer:
    """An ASGI application without Channels' dispatch, which costs a thread hop a message and a channel a socket.

    Cost  a connection is one signature and a share of a batched read; a message is no task and no hop.
    """

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        await receive()  # websocket.connect
        node = await this_node()
        ticket, read_s = _ticket_at(scope), node.loop.time()
        person = await _bearer_of(ticket, node) if ticket is not None else None
        if ticket is None or person is None or not node.has_place_for(person.id):
            await send({"type": "websocket.close"})  # before the upgrade: 403
            return
        await send({"type": "websocket.accept", "subprotocol": _answered_subprotocol(scope)})
        socket = node.admit(person, outlet_for(scope, send), issued_at=ticket.issued_at, read_s=read_s)
        bind_contextvars(socket_id=socket.id)
        try:
            while True:
                message = await receive()
                if message["type"] == "websocket.disconnect":
                    return
                socket.receive(message)
        finally:
            node.dismiss(socket, is_restart=stop.is_under_way())  # its code may be the client's own


def _ticket_at(scope: dict[str, Any]) -> Ticket | None:
    """A good token; none on another version of the protocol."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    if query.get("vsn") != [protocol.VSN]:
        return None
    return read_token(_token_in(scope) or query.get("token", [""])[0])


async def _bearer_of(ticket: Ticket, node: Node) -> Card | None:
    """Whoever holds the ticket, if they may be here and have not logged out since."""
    card = await node.card(ticket.user_id) if node.allows_handshake(ticket.user_id) else None
    if card is None or not card.may_enter or card.has_signed_out_since(ticket.issued_at):
        return None
    return card


def _token_in(scope: dict[str, Any]) -> str:
    """The client's `authToken`, which it sends as a second subprotocol."""
    for name in scope.get("subprotocols", ()):
        if name.startswith(BEARER):
            text = name.removeprefix(BEARER)
            try:
                return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
            except ValueError:  # no base64, or no text in it
                return ""
    return ""


def _answered_subprotocol(scope: dict[str, Any]) -> str | None:
    return SUBPROTOCOL if SUBPROTOCOL in scope.get("subprotocols", ()) else None
