import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presence.transport import frames, protocol
from presence.transport.protocol import ClientFrame, MalformedFrame

REFS = st.none() | st.text(max_size=64)
NAMES = st.text(min_size=1, max_size=60)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)
SHALLOW = st.dictionaries(st.text(), SCALARS | st.lists(SCALARS), max_size=5)


@given(REFS, REFS, NAMES, NAMES, SHALLOW, st.lists(JSON, max_size=3))
def test_a_frame_survives_the_way_there_and_back(
    join_ref: str | None, ref: str | None, topic: str, event: str, payload: dict[str, Any], extra: list[Any]
) -> None:
    text = protocol.encode([join_ref, ref, topic, event, payload, *extra])
    assert text.isascii()
    assert protocol.decode(text) == ClientFrame(join_ref, ref, topic, event, payload)


@given(JSON)
def test_other_json_is_refused_with_a_reason(value: Any) -> None:
    is_frame = (
        isinstance(value, list)
        and len(value) >= 5
        and isinstance(value[2], str)
        and isinstance(value[3], str)
        and isinstance(value[4], dict)
    )
    if not is_frame:
        with pytest.raises(MalformedFrame) as refused:
            protocol.decode(json.dumps(value))
        assert refused.value.reason == "malformed_frame"


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_a_frame_or_a_bad_frame(text: str) -> None:
    try:
        frame = protocol.decode(text)
    except MalformedFrame:
        return
    assert isinstance(frame.payload, dict)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "malformed_json"),
        ("{bad", "malformed_json"),
        ('[null,null,"t","e",{"n":NaN}]', "malformed_json"),
        ('[null,null,"t","e",{"n":Infinity}]', "malformed_json"),
        ('[null,null,"t","e",{"n":' + "9" * 5000 + "}]", "malformed_json"),
        ("[" * 60_000, "malformed_json"),
        ('[null,null,"t","e",' + '{"a":' * 13 + "1" + "}" * 13 + "]", "too_deep"),
        ('[null,null,"t","e"]', "malformed_frame"),
        ('[1,null,"t","e",{}]', "malformed_frame"),
        ('[null,null,"","e",{}]', "malformed_frame"),
        ('[null,null,"t","e",[]]', "malformed_frame"),
        ('[null,"' + "r" * 65 + '","t","e",{}]', "malformed_frame"),
        ('{"topic":"t","event":"e","payload":{},"ref":"1"}', "malformed_frame"),
        ("12", "malformed_frame"),
    ],
)
def test_bad_frames_have_names(text: str, reason: str) -> None:
    with pytest.raises(MalformedFrame) as refused:
        protocol.decode(text)
    assert refused.value.reason == reason


def test_what_the_server_says_is_spelled_as_the_client_reads_it() -> None:
    frame = ClientFrame("3", "9", "cohort:7", "practice_started", {})
    assert protocol.reply(frame, "ok", {"presence_updated": True}) == (
        '["3","9","cohort:7","phx_reply",{"status":"ok","response":{"presence_updated":true}}]'
    )
    assert protocol.refusal(frame, "not_in_cohort") == (
        '["3","9","cohort:7","phx_reply",{"status":"error","response":{"reason":"not_in_cohort"}}]'
    )
    assert protocol.broadcast("cohort:7", "new_activity", {}) == '[null,null,"cohort:7","new_activity",{}]'


@given(st.integers(0, 70_000).map(lambda size: "x" * size))
def test_frames_are_what_rfc_6455_says(text: str) -> None:
    frame = frames.text_frame(text)
    assert frame[0] == 0x81
    size, start = frame[1], 2
    assert not size & 0x80  # unmasked
    if size == 126:
        size, start = int.from_bytes(frame[2:4], "big"), 4
    elif size == 127:
        size, start = int.from_bytes(frame[2:10], "big"), 10
    assert (size, frame[start:].decode()) == (len(text), text)


def test_a_close_frame_carries_its_code() -> None:
    assert frames.close_frame(4008) == b"\x88\x02" + (4008).to_bytes(2, "big")
