"""Read a transcript: who said what and when. WebVTT and SRT by webvtt-py; plain text line by line."""

import html
import io
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

import webvtt
from webvtt.errors import MalformedCaptionError, MalformedFileError

MAX_SPEAKER, MAX_NAME_WORDS = 60, 3
MIN_LETTERS = 0.4  # of a plain text's visible characters; code, tables and numbers have fewer
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+(?P<name>(?:<[^<>]*>|[^<>\n]){1,200})>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>\n]{0,200}>")
_NAMED = re.compile(r"\s*(?P<name>[^\W\d_][^:\n]{0,59}?)\s?(?:\([^()\n]{0,30}\))?\s?:\s+(?P<text>\S.*)", re.DOTALL)
_CLOCK = re.compile(r"\s*[\[(]?(?P<clock>(?:\d{1,2}:)?\d{1,2}:\d{2})(?:[.,]\d{1,3})?[\])]?\s*[-\u2013]?\s*(?P<rest>.*)")
_FOREIGN = ("%PDF", "PK\x03\x04", "{\\rtf", "<!doctype", "<html", "<?xml", "<svg", "#!", "\x7fELF")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class NotATranscript(ValueError):
    """The text cannot be read as a transcript; the message explains it to the tutor."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One thing that was said. `start_s` is None in a plain text without times; `number` counts from 1."""

    number: int
    speaker: str  # empty when the transcript does not say
    text: str
    start_s: int | None = None
    end_s: int | None = None

    @property
    def at(self) -> str:
        """ "12:40"; empty in a transcript without times."""
        return "" if self.start_s is None else clock(self.start_s)


def read_cues(text: str, kind: str) -> list[Cue]:
    """The cues in order of time. Cues that overlap are kept, because people talk at the same time.

    Raises  NotATranscript.
    """
    if _CONTROL.search(text):
        raise NotATranscript("This is not text. Export the transcript as WebVTT, SRT or text.")
    found = list(_plain(text) if kind == "plain" else _timed(text, kind))
    if not found:
        raise NotATranscript("Nobody says anything in this transcript. Check the file.")
    in_time = sorted(found, key=lambda cue: cue.start_s or 0)
    return [replace(cue, number=number) for number, cue in enumerate(in_time, start=1)]


# -- WebVTT and SRT ------------------------------------------------------------------------------------------
def _timed(text: str, kind: str) -> Iterator[Cue]:
    try:
        captions = webvtt.from_buffer(io.StringIO(text), format=kind).captions
    except (MalformedFileError, MalformedCaptionError):
        raise NotATranscript(
            "This file starts like a transcript, but its cues cannot be read. Export it again."
        ) from None
    for number, caption in enumerate(captions, start=1):
        start_s, end_s = int(caption.start_in_seconds), int(caption.end_in_seconds)
        if end_s < start_s:
            raise NotATranscript(f"Cue {number} ends before it starts, at {clock(start_s)}. Export the file again.")
        for speaker, said in _voices(caption.raw_text):
            yield Cue(number, speaker, said, start_s, end_s)


def _voices(payload: str) -> Iterator[tuple[str, str]]:
    """(speaker, text) of each voice in a cue; a speaker in markup is read as text."""
    spans = list(_VOICE.finditer(payload))
    before = payload[: spans[0].start()] if spans else payload
    if said := bare(before):
        yield _by_name(said)
    for place, span in enumerate(spans):
        ends = spans[place + 1].start() if place + 1 < len(spans) else len(payload)
        if said := bare(payload[span.end() : ends]):
            yield bare(span["name"])[:MAX_SPEAKER], said


def _by_name(said: str) -> tuple[str, str]:
    named = _NAMED.fullmatch(said)
    if named and len(named["name"].split()) <= MAX_NAME_WORDS:
        return named["name"].strip(), named["text"].strip()
    return "", said


def bare(text: str) -> str:
    """The text without markup, on one line; what a tag hides is gone, and no angle bracket is left."""
    plain = html.unescape(_TAG.sub("", text))
    plain = _TAG.sub("", plain).replace("<", " ").replace(">", " ")
    normal = unicodedata.normalize("NFC", plain)
    return " ".join("".join(char if char.isprintable() else " " for char in normal).split())


# -- Plain text ----------------------------------------------------------------------------------------------
def _plain(text: str) -> Iterator[Cue]:
    _require_speech(text)
    at_s = None  # of the last line with a time
    for line in filter(str.strip, text.split("\n")):
        timed = _CLOCK.fullmatch(line)
        at_s = seconds(timed["clock"]) if timed else at_s
        speaker, said = _by_name(bare(timed["rest"] if timed else line))
        if said:
            yield Cue(0, speaker, said, at_s, at_s)


def _require_speech(text: str) -> None:
    start = text.lstrip()[:20].lower()
    if start.startswith(tuple(mark.lower() for mark in _FOREIGN)) or _is_json(text):
        raise NotATranscript("This is not a transcript. Export it as WebVTT, SRT or text.")
    visible = [char for char in text if not char.isspace()]
    letters = sum(char.isalpha() for char in visible)
    if visible and letters < MIN_LETTERS * len(visible):
        raise NotATranscript("This does not read like speech. Export the transcript as WebVTT, SRT or text.")


def _is_json(text: str) -> bool:
    if text.lstrip()[:1] not in {"{", "["}:
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


# -- Times ---------------------------------------------------------------------------------------------------
def seconds(clock_text: str) -> int:
    """Seconds of "12:40" or "1:02:03"."""
    total = 0
    for part in clock_text.split(":"):
        total = total * 60 + int(part)
    return total


def clock(at_s: int) -> str:
    """ "12:40", from an hour on "1:02:03"."""
    hours, rest = divmod(at_s, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"
