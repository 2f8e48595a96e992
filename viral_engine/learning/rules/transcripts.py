"""The format of a transcript, and whether it may be kept."""

import codecs
import re

MAX_BYTES = 2 * 1024 * 1024
SRT_CUE = re.compile(r"\A\s*\d+\s*\n\s*\d{1,2}:\d{2}:\d{2},\d{1,3}\s*-->\s*\d{1,2}:\d{2}:\d{2},\d{1,3}")


def kind_of(text: str) -> str:
    """vtt, srt or plain, by the start of the text."""
    if text.startswith("WEBVTT"):
        return "vtt"
    return "srt" if SRT_CUE.match(text) else "plain"


def decoded(raw: bytes) -> str:
    """The normalized text of an uploaded file: UTF-8, or UTF-16 with its byte order mark.

    Raises  UnicodeDecodeError for any other encoding.
    """
    is_utf_16 = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return tidy(raw.decode("utf-16" if is_utf_16 else "utf-8-sig"))


def tidy(text: str) -> str:
    """The text as it is stored: without a byte order mark and with one kind of line ends."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").strip()


def transcript_refusal(*, name: str, allows_transcription: bool, needs_parent: bool, parent_agreed: bool) -> str | None:
    """Why a transcript may not be kept, as a text for the tutor; None when it may."""
    if needs_parent and not parent_agreed:
        return f"{name} is under 13 and no parent has agreed. Log the session without a transcript."
    if not allows_transcription:
        return f"{name} has switched off transcription. Log the session without a transcript."
    return None
