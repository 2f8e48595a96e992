"""What kind of transcript a text is, and whether it may be kept."""

import re

MOST_BYTES = 2 * 1024 * 1024
SRT_CUE = re.compile(r"\A\s*\d+\s*\n\d{2}:\d{2}:\d{2},\d{3} --> \d{2}:\d{2}:\d{2},\d{3}")


def kind_of(text: str) -> str:
    """vtt, srt or plain, by how the text begins."""
    if text.startswith("WEBVTT"):
        return "vtt"
    return "srt" if SRT_CUE.match(text) else "plain"


def decoded(raw: bytes) -> str:
    """The text of an uploaded file, with line ends of one kind and no byte order mark.

    Raises  UnicodeDecodeError for what is not UTF-8.
    """
    return tidy(raw.decode("utf-8-sig"))


def tidy(text: str) -> str:
    """As it is stored, however it came."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").strip()


def objection_to_keeping(
    *, name: str, allows_transcription: bool, needs_parent: bool, parent_agreed: bool
) -> str | None:
    """Why what was said with a learner may not be stored, in words for the tutor; None when it may."""
    if needs_parent and not parent_agreed:
        return f"{name} is under 13 and no parent has agreed. Log the session without a transcript."
    if not allows_transcription:
        return f"{name} has switched transcription off. Log the session without a transcript."
    return None
