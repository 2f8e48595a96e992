"""Checks of chat messages, and periods of time, as pure functions."""

import re
from datetime import timedelta

MAX_MESSAGE_LENGTH = 500
CHAT_KEPT = timedelta(days=30)
RECOMMENDATION_WINDOW = timedelta(hours=3)  # practice this recent makes a room worth recommending
STREAM_WINDOW = timedelta(hours=24)
STREAM_PAGE = 50
CHALLENGE_LIFE = timedelta(hours=24)

# Children must never exchange contact details. The patterns are broad on purpose: a message refused by mistake only
# needs another wording.
_DOT = r"\s*(?:\.|\(dot\)|\bdot\b)\s*"
_ENDINGS = r"(?:com|net|org|io|gg|me|co|tv|app|uk|de)"
_SITES = r"(?:insta(?:gram)?|snap(?:chat)?|discord|telegram|whatsapp|tik\s?tok)"
_CONTACT = {  # the most specific name first
    "e-mail address": re.compile(rf"[\w.+-]+\s*(?:@|\(at\)|\bat\b)\s*[\w-]+{_DOT}[a-z]{{2,}}", re.IGNORECASE),
    "link": re.compile(rf"https?:|www\.|\b[\w-]{{2,}}{_DOT}{_ENDINGS}\b", re.IGNORECASE),
    "phone number": re.compile(r"(?:\+?\d[\s().-]{0,3}){7,}"),
    "handle": re.compile(rf"(?:^|\s)@\w{{2,}}|\b{_SITES}\b\s*(?:is|:|=|@|#)", re.IGNORECASE),
}


def message_refusal(text: str) -> str | None:
    """Why a message may not be posted, as a text for its author; None when it may. `text` is stripped."""
    if not text:
        return "Write something first."
    if len(text) > MAX_MESSAGE_LENGTH:
        return f"That is {len(text)} characters. Keep it to {MAX_MESSAGE_LENGTH} or fewer."
    found = [name for name, pattern in _CONTACT.items() if pattern.search(text)]
    if found:
        return f"Leave out the {found[0]}. Please do not share contact details here."
    return None


def tidy(text: str) -> str:
    """One line without control characters and without the marks that reverse writing direction."""
    visible = "".join(char for char in text if char.isprintable() or char.isspace())
    return " ".join(visible.split())
