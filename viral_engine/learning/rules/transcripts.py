"""The format of a transcript, and whether it may be kept."""

import re

MAX_BYTES = 2 * 1024 * 1024
SRT_CUE = re.compile(r"\A\s*\d+\s*\n\d{2}:\d{2}:\d{2},\d{3} --> \d{2}:\d{2}:\d{2},\d{3}")


def kind_of(text: str) -> str:
    """vtt, srt or plain, by the start of the text."""
    if text.startswith("WEBVTT"):
        return "vtt"
    return "srt" if SRT_CUE.match(text) else "plain"


def decoded(raw: bytes) -> str:
    """The normalized text of an uploaded file.

    Raises  UnicodeDecodeError when it is not UTF-8.
    """
    return tidy(raw.decode("utf-8-sig"))


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
