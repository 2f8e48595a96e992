"""Publish to a topic: every socket and live page on it gets the message. Only fragments and rooms publish."""

import json
from typing import Any, Literal

from django.db import transaction

from viral_engine.kernel.pubsub import sender
from viral_engine.kernel.pubsub.envelope import Envelope
from viral_engine.kernel.pubsub.groups import group_name
from viral_engine.kernel.pubsub.redraw import redraws
from viral_engine.kernel.pubsub.sender import bind_server_loop, server_loop
from viral_engine.kernel.pubsub.watchers import watched

__all__ = [
    "DeliveryMode",
    "bind_server_loop",
    "group_name",
    "publish",
    "publish_now",
    "redraws",
    "server_loop",
    "watched",
]

# A slow reader may miss: no message, all but the newest of its kind, or this message.
DeliveryMode = Literal["must", "latest", "drop"]


def publish(  # one message and its named parts
    topic: str,
    event: str,
    payload: dict[str, Any] | None = None,
    *,
    html: str = "",
    delivery: DeliveryMode = "must",
    skip: str = "",
    clears: bool = False,
    fact: str = "",
) -> None:
    """Send one message to the topic after commit, encoded once: JSON for sockets, `html` for live pages.

    With `clears` no message before it can be recovered: something in them must not be read any more. A `must`
    message is numbered: its payload ends with "seq", so that a client that missed it can ask for it again. `fact` names
    the committed row it announces: a process that never gets it reads the topic again (presence/fact_watch.py).

    Shape   [null,null,"user:7","reward_granted",{"amount":1,"seq":17}]
    Cost    no SQL and no waiting: the server's loop sends it. Two Redis round trips for `must`, one otherwise. While
            Redis is away the sockets of this process get it at once, and `must` messages reach the others later. A
            process that is killed loses what it has not sent: a push is a redraw, and the next one replaces it.
    """
    envelope = _envelope(topic, event, payload or {}, html, delivery, skip, clears=clears, fact=fact)
    transaction.on_commit(lambda: sender.send(envelope))


def publish_now(topic: str, event: str, payload: dict[str, Any], *, delivery: DeliveryMode = "must") -> None:
    """Send at once, without waiting for a commit: for rooms, which run on the server's loop outside any transaction."""
    sender.send(_envelope(topic, event, payload, "", delivery, ""))


def _envelope(  # the parts of a message, in order
    topic: str,
    event: str,
    payload: dict[str, Any],
    html: str,
    delivery: DeliveryMode,
    skip: str,
    *,
    clears: bool = False,
    fact: str = "",
) -> Envelope:
    text = json.dumps([None, None, topic, event, payload], separators=(",", ":"))
    return Envelope(topic, group_name(topic), text, html, delivery, skip, clears, fact)
