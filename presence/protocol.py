"""Phoenix Channels V2 in JSON, as pure functions: text in, frame out, and back.

A frame is `[join_ref, ref, topic, event, payload]`. Source: the serializer of the published `phoenix`
JavaScript client, `vsn=2.0.0`. Refs are the client's own strings and are echoed as given.
"""

import json
from dataclasses import dataclass
from typing import Any, Never

VSN = "2.0.0"
LONGEST_REF, LONGEST_TOPIC, LONGEST_EVENT, DEEPEST = 64, 120, 60, 12
JOIN, LEAVE, REPLY, ERROR, CLOSE, HEARTBEAT = (
    "phx_join",
    "phx_leave",
    "phx_reply",
    "phx_error",
    "phx_close",
    "heartbeat",
)
SYSTEM_TOPIC = "phoenix"
FEWEST_PARTS = 5


class BadFrame(Exception):
    """The text is no frame of this protocol; `reason` is what the client is told."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Frame:
    join_ref: str | None
    ref: str | None
    topic: str
    event: str
    payload: dict[str, Any]


def decode(text: str) -> Frame:
    """One frame from a client; parts beyond the fifth are tolerated.

    Raises  BadFrame for anything else: other JSON, wrong types, NaN, numbers of thousands of digits, depth > 12.
    """
    try:
        parts = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadFrame("malformed_json") from None
    if not isinstance(parts, list) or len(parts) < FEWEST_PARTS:
        raise BadFrame("malformed_frame")
    join_ref, ref, topic, event, payload = parts[:FEWEST_PARTS]
    is_sound = (
        _is_ref(join_ref)
        and _is_ref(ref)
        and _is_name(topic, LONGEST_TOPIC)
        and _is_name(event, LONGEST_EVENT)
        and isinstance(payload, dict)
    )
    if not is_sound:
        raise BadFrame("malformed_frame")
    if _depth_exceeds(payload, DEEPEST):
        raise BadFrame("too_deep")
    return Frame(join_ref, ref, topic, event, payload)


def _refuse_constant(name: str) -> Never:
    raise ValueError(name)  # NaN and Infinity are no JSON


def _is_ref(value: object) -> bool:
    return value is None or (isinstance(value, str) and len(value) <= LONGEST_REF)


def _is_name(value: object, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest


def _depth_exceeds(value: object, allowed: int) -> bool:
    if isinstance(value, dict):
        return allowed == 0 or any(_depth_exceeds(inner, allowed - 1) for inner in value.values())
    if isinstance(value, list):
        return allowed == 0 or any(_depth_exceeds(inner, allowed - 1) for inner in value)
    return False


def encode(value: object) -> str:
    """Compact ASCII JSON: no encoding can fail on a lone surrogate, and the bytes are the characters."""
    return json.dumps(value, separators=(",", ":"))


def message(join_ref: str | None, ref: str | None, topic: str, event: str, payload: object) -> str:
    return encode([join_ref, ref, topic, event, payload])


def reply(frame: Frame, status: str, response: dict[str, Any]) -> str:
    return message(frame.join_ref, frame.ref, frame.topic, REPLY, {"status": status, "response": response})


def refusal(frame: Frame, reason: str) -> str:
    return reply(frame, "error", {"reason": reason})


def broadcast(topic: str, event: str, payload: object) -> str:
    """The same text for every member: no join_ref."""
    return message(None, None, topic, event, payload)


def people_in(text: str) -> frozenset[int]:
    """Whom a message of ours is about."""
    return people_in_payload(json.loads(text)[4])


def people_in_payload(payload: dict[str, Any]) -> frozenset[int]:
    """Its "user_id", and its "people" where they are several."""
    return frozenset({payload.get("user_id"), *payload.get("people", ())} - {None})
