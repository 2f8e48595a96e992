"""Phoenix Channels V2 in JSON: pure functions that decode a client's text and encode the server's.

A frame is `[join_ref, ref, topic, event, payload]`. Source: the serializer of the published `phoenix`
JavaScript client, `vsn=2.0.0`. The client chooses refs, and the server echoes them unchanged.
"""

import json
from dataclasses import dataclass
from typing import Any, Never

from viral_engine.kernel.text.characters import is_storable

VSN = "2.0.0"
MAX_REF_LENGTH, MAX_TOPIC_LENGTH, MAX_EVENT_LENGTH, MAX_DEPTH = 64, 120, 60, 12
MAX_NUMBER = 2**63 - 1
JOIN, LEAVE, REPLY, ERROR, CLOSE, HEARTBEAT = (
    "phx_join",
    "phx_leave",
    "phx_reply",
    "phx_error",
    "phx_close",
    "heartbeat",
)
MISSED = "missed"  # a client saw a gap in the numbers of a topic
SYSTEM_TOPIC = "phoenix"
MIN_PARTS = 5


class MalformedFrame(Exception):
    """The text is not a frame of this protocol; the client is sent `reason`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ClientFrame:
    join_ref: str | None
    ref: str | None
    topic: str
    event: str
    payload: dict[str, Any]


def decode(text: str) -> ClientFrame:
    """Read one frame of a client; parts beyond the fifth are ignored.

    Raises  MalformedFrame for anything else: other JSON, wrong types, NaN, numbers of thousands of digits, depth > 12.
    """
    try:
        parts = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise MalformedFrame("malformed_json") from None
    if not isinstance(parts, list) or len(parts) < MIN_PARTS:
        raise MalformedFrame("malformed_frame")
    join_ref, ref, topic, event, payload = parts[:MIN_PARTS]
    is_well_formed = (
        _is_ref(join_ref)
        and _is_ref(ref)
        and _is_name(topic, MAX_TOPIC_LENGTH)
        and _is_name(event, MAX_EVENT_LENGTH)
        and isinstance(payload, dict)
    )
    if not is_well_formed:
        raise MalformedFrame("malformed_frame")
    if _depth_exceeds(payload, MAX_DEPTH):
        raise MalformedFrame("too_deep")
    return ClientFrame(join_ref, ref, topic, event, payload)


def fits_columns(text: str, frame: ClientFrame) -> bool:
    """Whether a database takes every value of the payload: no NUL, no half a character, no number beyond 64 bits.

    JSON can spell such characters only as escapes, so `text` without one is quickly done with.
    """
    return _values_fit(frame.payload, check_text="\\u" in text)


def _values_fit(value: object, *, check_text: bool) -> bool:
    if isinstance(value, dict):
        return all(_values_fit(inner, check_text=check_text) for pair in value.items() for inner in pair)
    if isinstance(value, list):
        return all(_values_fit(inner, check_text=check_text) for inner in value)
    if isinstance(value, str):
        return not check_text or is_storable(value)
    return not isinstance(value, int | float) or abs(value) <= MAX_NUMBER


def _refuse_constant(name: str) -> Never:
    raise ValueError(name)  # NaN and Infinity are not JSON


def _is_ref(value: object) -> bool:
    return value is None or (isinstance(value, str) and len(value) <= MAX_REF_LENGTH)


def _is_name(value: object, max_length: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= max_length


def _depth_exceeds(value: object, allowed: int) -> bool:
    if isinstance(value, dict):
        return allowed == 0 or any(_depth_exceeds(inner, allowed - 1) for inner in value.values())
    if isinstance(value, list):
        return allowed == 0 or any(_depth_exceeds(inner, allowed - 1) for inner in value)
    return False


def encode(value: object) -> str:
    """Compact ASCII JSON, so that lone surrogates can be encoded and every character is one byte."""
    return json.dumps(value, separators=(",", ":"))


def message(join_ref: str | None, ref: str | None, topic: str, event: str, payload: object) -> str:
    return encode([join_ref, ref, topic, event, payload])


def reply(frame: ClientFrame, status: str, response: dict[str, Any]) -> str:
    return message(frame.join_ref, frame.ref, frame.topic, REPLY, {"status": status, "response": response})


def refusal(frame: ClientFrame, reason: str) -> str:
    return reply(frame, "error", {"reason": reason})


def broadcast(topic: str, event: str, payload: object) -> str:
    """A message without join_ref, so that its text is the same for every member."""
    return message(None, None, topic, event, payload)


def user_ids_in(text: str) -> frozenset[int]:
    """Ids of the people that an encoded message is about."""
    return user_ids_in_payload(json.loads(text)[4])


def user_ids_in_payload(payload: dict[str, Any]) -> frozenset[int]:
    """The payload's "user_id", and its "people" if there are several."""
    return frozenset({payload.get("user_id"), *payload.get("people", ())} - {None})


def without_number(text: str) -> str:
    """The text of a message before it was numbered: '...,{"amount":1}]' of '...,{"amount":1,"seq":17}]'."""
    head = text[: text.rindex('"seq":')]
    return head.removesuffix(",") + "}]"


def number_in(text: str) -> int:
    """The number of a message: 17 of '...,{"amount":1,"seq":17}]'."""
    return int(text[text.rindex('"seq":') + 6 : -2])
