"""Sending to a topic. Only fragments and rooms publish."""

import asyncio
import json
import logging
import re
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.db import transaction

logger = logging.getLogger(__name__)
_server_loop: asyncio.AbstractEventLoop | None = None


def bind_server_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Remember the loop that serves sockets: the in-memory layer may only be touched from it."""
    global _server_loop  # noqa: PLW0603  (one server, one loop, set once at its first request)
    _server_loop = loop


def group_name(topic: str) -> str:
    """`cohort:7` as a channel-layer group: ASCII letters, digits, `-_.` only, under 100 characters."""
    return re.sub(r"[^A-Za-z0-9\-_.]", lambda found: f".{ord(found.group()):x}.", topic)[:99]


def publish(topic: str, event: str, payload: dict[str, Any]) -> None:
    """After commit, one message for everybody on the topic, encoded once.

    Shape   {"type": "topic.frame", "text": '[null,null,"user:7","reward_granted",{...}]'}
    Cost    one channel-layer send. At most once: a push is a redraw, and a lost one heals at the next.
    """
    text = json.dumps([None, None, topic, event, payload], separators=(",", ":"))
    transaction.on_commit(lambda: _send(group_name(topic), {"type": "topic.frame", "text": text}))


def _send(group: str, message: dict[str, str]) -> None:
    layer = get_channel_layer()
    try:
        if isinstance(layer, InMemoryChannelLayer) and _server_loop is not None and _server_loop.is_running():
            asyncio.run_coroutine_threadsafe(layer.group_send(group, message), _server_loop)
        else:
            async_to_sync(layer.group_send)(group, message)
    except Exception:
        # A fact was committed before this push; an unreachable layer must not undo the page that tells of it.
        logger.exception("publish to %s failed", group)
