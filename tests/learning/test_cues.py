"""Reading transcripts: WebVTT, SRT and plain text, and files that are none."""

import pytest

from viral_engine.learning.rules.cues import Cue, NotATranscript, bare, clock, read_cues
from viral_engine.learning.rules.transcripts import decoded, kind_of


def test_webvtt_with_voices_notes_and_entities() -> None:
    text = (
        "WEBVTT - a session\n\nNOTE made up\n\n1\n00:00:01.000 --> 00:00:04.500\n<v.loud Toni>Let us &amp; begin.\n"
        "<v Ada>Okay</v>\n\nintro\n01:02:03.000 --> 01:02:05.000 align:start\n- And <i>go</i>\n"
    )
    assert read_cues(text, "vtt") == [
        Cue(1, "Toni", "Let us & begin.", 1, 4),
        Cue(2, "Ada", "Okay", 1, 4),
        Cue(3, "", "- And go", 3723, 3725),
    ]


def test_srt_names_its_speakers_before_a_colon() -> None:
    text = "1\n00:00:01,000 --> 00:00:04,000\nToni: Let us begin.\n\n2\n00:00:05,000 --> 00:00:06,000\nOkay\n"
    assert kind_of(text) == "srt"
    assert read_cues(text, "srt") == [Cue(1, "Toni", "Let us begin.", 1, 4), Cue(2, "", "Okay", 5, 6)]


def test_plain_text_with_and_without_times() -> None:
    assert read_cues("Toni: Hello\n\nhow are you", "plain") == [Cue(1, "Toni", "Hello"), Cue(2, "", "how are you")]
    timed = read_cues("[00:12] Toni: Hello\nstill Toni\n1:02:03 Ada (student): Hi", "plain")
    assert timed == [
        Cue(1, "Toni", "Hello", 12, 12),
        Cue(2, "", "still Toni", 12, 12),
        Cue(3, "Ada", "Hi", 3723, 3723),
    ]


def test_cues_out_of_order_are_sorted_and_overlaps_are_kept() -> None:
    cues = ("00:09.000 --> 00:12.000\nsecond", "00:01.000 --> 00:10.000\nfirst", "00:09.000 --> 00:11.000\nthird")
    text = "\n\n".join(("WEBVTT", *cues))
    assert [(cue.number, cue.text, cue.start_s) for cue in read_cues(text, "vtt")] == [
        (1, "first", 1),
        (2, "second", 9),
        (3, "third", 9),
    ]


@pytest.mark.parametrize(
    "name",
    ["<b>Toni</b>", "<script>alert(1)</script>Toni", "Toni<img src=x onerror=alert(1)>", "&lt;b&gt;Toni"],
)
def test_markup_in_a_speakers_name_is_dropped(name: str) -> None:
    cues = read_cues(f"WEBVTT\n\n00:01.000 --> 00:02.000\n<v {name}>Hello there\n", "vtt")
    assert all("<" not in cue.speaker + cue.text and ">" not in cue.speaker + cue.text for cue in cues)
    assert "Hello there" in " ".join(cue.text for cue in cues)


def test_no_angle_bracket_survives_double_encoding() -> None:
    assert bare("&lt;script&gt;x&lt;/script&gt; 2 < 3") == "x 2 3"
    assert bare("a\u202eb\u200bc") == "a b c"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("WEBVTT", "Nobody says anything"),
        ("WEBVTT\n\nno cue here", "Nobody says anything"),
        ("WEBVTT\n\n00:05.000 --> 00:03.000\nbackwards", "Cue 1 ends before it starts, at 0:05"),
        ("%PDF-1.7 hello", "not a transcript"),
        ("<!DOCTYPE html><p>Hello", "not a transcript"),
        ('{"speaker": "Toni", "text": "hello"}', "not a transcript"),
        ("1,2,3\n4,5,6\n7,8,9", "not read like speech"),
        ("hello \x01\x02", "not text"),
        ("\x7fELF hello", "not text"),
        ("\n \n", "Nobody says anything"),
    ],
)
def test_what_is_no_transcript_is_explained(text: str, reason: str) -> None:
    with pytest.raises(NotATranscript, match=reason):
        read_cues(text, kind_of(text))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_read(encoding: str) -> None:
    assert decoded("WEBVTT\r\n\r\nniño".encode(encoding)) == "WEBVTT\n\nniño"


@pytest.mark.parametrize("raw", ["Grüße".encode("latin-1"), b"\xff\xfe\x00", "ñandú".encode("utf-16-be")])
def test_another_encoding_is_refused(raw: bytes) -> None:
    try:
        text = decoded(raw)
    except UnicodeDecodeError:
        return
    assert "\x00" in text  # the form refuses it


def test_clock() -> None:
    assert [clock(at_s) for at_s in (0, 760, 3723)] == ["0:00", "12:40", "1:02:03"]
