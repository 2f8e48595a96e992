"""Checks of chat messages, and periods of time, as pure functions."""

from datetime import timedelta

from viral_engine.kernel.text import contact

MAX_MESSAGE_LENGTH = 500
NO_CONTACT = "Please do not share contact details here."
ADVICE = {"insult": "Be kind, or report what upset you.", "piled-up accents": "Others cannot read them."}
RECOMMENDATION_WINDOW = timedelta(hours=3)  # practice this recent makes a room worth recommending
STREAM_WINDOW = timedelta(hours=24)
STREAM_PAGE = 50
CHALLENGE_LIFE = timedelta(hours=24)


def message_refusal(text: str) -> str | None:
    """Why a message may not be posted, as a text for its author; None when it may. `text` is stripped."""
    if not text:
        return "Write something first."
    if len(text) > MAX_MESSAGE_LENGTH:
        return f"That is {len(text)} characters. Keep it to {MAX_MESSAGE_LENGTH} or fewer."
    found = contact.finding(text)
    return f"Leave out the {found}. {ADVICE.get(found, NO_CONTACT)}" if found else None
