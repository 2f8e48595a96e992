"""The answer to a handshake that cannot be decided at the moment."""

import logging
from typing import Any

from presence.background import UNAVAILABLE
from presence.transport.layer_watch import LAYER_FAILURES
from presence.transport.outlets import AsgiSend

logger = logging.getLogger(__name__)
AWAY = (*UNAVAILABLE, *LAYER_FAILURES)  # the database, or Redis at the start of the process
RETRY_AFTER = (b"retry-after", b"5")
ANSWER = "websocket.http.response"


async def refuse_for_now(scope: dict[str, Any], send: AsgiSend, failure: Exception) -> None:
    """Answer 503 before the upgrade, or 403 under a server that has no other answer; clients try again after both."""
    logger.warning("a socket is refused for now: %r", failure)
    if ANSWER not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    await send({"type": f"{ANSWER}.start", "status": 503, "headers": [RETRY_AFTER]})
    await send({"type": f"{ANSWER}.body", "body": b""})
