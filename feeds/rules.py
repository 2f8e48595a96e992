"""What may be said in a room, and for how long things are kept. Pure."""

import re
from datetime import timedelta

MAX_MESSAGE_LENGTH = 500
CHAT_KEPT = timedelta(days=30)
RECOMMENDATION_WINDOW = timedelta(hours=3)  # who practiced in a subject so lately may be found there
STREAM_WINDOW = timedelta(hours=24)
STREAM_PAGE = 50
CHALLENGE_LIFE = timedelta(hours=24)

# Children are never to hand out, nor be asked for, a way to be reached outside. Wide on purpose: a message that is
# refused by mistake costs a rewording.
_DOT = r"\s*(?:\.|\(dot\)|\bdot\b)\s*"
_ENDINGS = r"(?:com|net|org|io|gg|me|co|tv|app|uk|de)"
_SITES = r"(?:insta(?:gram)?|snap(?:chat)?|discord|telegram|whatsapp|tik\s?tok)"
_CONTACT = {  # the nearest word for it first
    "e-mail address": re.compile(rf"[\w.+-]+\s*(?:@|\(at\)|\bat\b)\s*[\w-]+{_DOT}[a-z]{{2,}}", re.IGNORECASE),
    "link": re.compile(rf"https?:|www\.|\b[\w-]{{2,}}{_DOT}{_ENDINGS}\b", re.IGNORECASE),
    "phone number": re.compile(r"(?:\+?\d[\s().-]{0,3}){7,}"),
    "handle": re.compile(rf"(?:^|\s)@\w{{2,}}|\b{_SITES}\b\s*(?:is|:|=|@|#)", re.IGNORECASE),
}


def message_refusal(text: str) -> str | None:
    """Why a message may not be posted, in words for its author; None when it may. `text` is stripped."""
    if not text:
        return "Write something first."
    if len(text) > MAX_MESSAGE_LENGTH:
        return f"That is {len(text)} characters. {MAX_MESSAGE_LENGTH} are the most."
    found = [what for what, pattern in _CONTACT.items() if pattern.search(text)]
    if found:
        return f"Leave out the {found[0]}: in here nobody shares how to be reached outside."
    return None


def tidy(text: str) -> str:
    """One line without control characters and without the marks that reverse writing direction."""
    visible = "".join(char for char in text if char.isprintable() or char.isspace())
    return " ".join(visible.split())
