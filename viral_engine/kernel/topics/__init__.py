"""Sending to a topic. Only fragments and rooms publish."""

import json
import re
from typing import Any, Literal

from django.db import transaction

from viral_engine.kernel.topics import courier
from viral_engine.kernel.topics.courier import bind_server_loop, server_loop
from viral_engine.kernel.topics.parcel import Parcel

__all__ = ["Delivery", "bind_server_loop", "group_name", "publish", "publish_now", "server_loop"]

# What a slow reader may miss: nothing, all but the newest of its kind, or this one.
Delivery = Literal["must", "latest", "drop"]


def group_name(topic: str) -> str:
    """`cohort:7` as a channel-layer group: ASCII letters, digits, `-_.` only, under 100 characters."""
    return re.sub(r"[^A-Za-z0-9\-_.]", lambda found: f".{ord(found.group()):x}.", topic)[:99]


def publish(  # one message, named facts
    topic: str,
    event: str,
    payload: dict[str, Any] | None = None,
    *,
    html: str = "",
    delivery: Delivery = "must",
    skip: str = "",
) -> None:
    """After commit, one message for everybody on the topic, encoded once: JSON for sockets, `html` for live pages.

    A `must` message is numbered: its payload ends with "seq", so that who missed it can ask for it again.

    Shape   [null,null,"user:7","reward_granted",{"amount":1,"seq":17}]
    Cost    no SQL and no waiting: the server's loop sends it. Two Redis round trips, one unless it is `must`. At
            most once: a push is a redraw, and a lost one heals at the next.
    """
    parcel = _parcel(topic, event, payload or {}, html, delivery, skip)
    transaction.on_commit(lambda: courier.send(parcel))


def publish_now(topic: str, event: str, payload: dict[str, Any], *, delivery: Delivery = "must") -> None:
    """As `publish`, for rooms: they live on the server's loop, where no transaction is ever open."""
    courier.send(_parcel(topic, event, payload, "", delivery, ""))


def _parcel(  # the parts of a message, in order
    topic: str, event: str, payload: dict[str, Any], html: str, delivery: Delivery, skip: str
) -> Parcel:
    text = json.dumps([None, None, topic, event, payload], separators=(",", ":"))
    return Parcel(topic, group_name(topic), text, html, delivery, skip)
