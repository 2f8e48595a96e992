"""Loop scores, learned K, bot detection, copy overrides and shared constants."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from loops.rules.copy import DEFAULT_LANGUAGE, LONGEST_TEXT, PARTS

ENGAGED_SESSIONS, SOMEWHAT_ENGAGED_SESSIONS = 5, 2  # finished in 7 days
PROMPTS_PER_DAY = 3
PRIOR_INVITERS = 200  # the configured K counts as much as what so many exposed inviters did
K_LEARNED_FROM = timedelta(days=90)
CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"  # nothing that reads as another
CODE_LENGTH = 8
FVM_WINDOW = timedelta(hours=48)
CHANNELS = ("copy", "sms", "whatsapp", "email", "system")

# Link preview fetchers and other self-declared bots. CUBOT is a phone brand.
_ROBOT = re.compile(
    r"(?<!cu)bot\b|crawl|spider|slurp|preview|facebookexternalhit|facebookcatalog|whatsapp/|telegrambot|skypeuripreview"
    r"|embedly|quora link|pinterest|vkshare|w3c_validator|curl/|wget/|python-requests|headlesschrome-lighthouse",
    re.IGNORECASE,
)
_PREFETCH = frozenset({"prefetch", "prerender", "preview", "instant"})


def engagement(sessions_in_7_days: int) -> str:
    if sessions_in_7_days >= ENGAGED_SESSIONS:
        return "high"
    return "medium" if sessions_in_7_days >= SOMEWHAT_ENGAGED_SESSIONS else "low"


def loop_score(*, expected_k: float, engagement: str, is_milestone: bool, hours_since_last: float | None) -> float:
    """Score a loop for this moment; the orchestrator offers the loop with the highest score.

    Units   hours_since_last counts from the same loop's last prompt; None if there was none.
    """
    penalty = 0.0 if hours_since_last is None else max(0.0, 0.3 - hours_since_last / 48)
    return expected_k + 0.15 * (engagement == "high") + 0.20 * is_milestone - penalty


def shields_won(*, mine: int, theirs: int, other: str = "challenger") -> str:
    """Describe the shields both sides won to one of them; a daily cap may leave a side with none."""
    won = {number: "a streak shield" if number == 1 else f"{number} streak shields" for number in (mine, theirs)}
    if mine and mine == theirs:
        return f"You both earned {won[mine]}."
    if mine and theirs:
        return f"You earned {won[mine]}, the {other} {won[theirs]}."
    if mine:
        return f"You earned {won[mine]}. The {other} has all of theirs for today."
    if theirs:
        return f"The {other} earned {won[theirs]}. You have all of yours for today."
    return "You both have all your streak shields for today."


def words_from(params: Mapping[str, Any], language: str = DEFAULT_LANGUAGE) -> dict[str, str]:
    """Return the copy an arm overrides, cut to the maximum length; other languages are nested under their code."""
    said = params if language == DEFAULT_LANGUAGE else params.get(language, {})
    texts = {part: said.get(part) for part in PARTS} if isinstance(said, Mapping) else {}
    return {part: text[:LONGEST_TEXT] for part, text in texts.items() if isinstance(text, str) and text.strip()}


def filled(text: str, **facts: object) -> str:
    """Replace {score} and other known placeholders; leave unknown ones unchanged."""
    for name, fact in facts.items():
        text = text.replace(f"{{{name}}}", str(fact))
    return text


def learned_k(*, configured: float, exposed: int, joined: int) -> float:
    """Estimate a loop's K for one role, shrunk towards the configured value while few people were exposed.

    Source  posterior mean of a rate with a Gamma prior worth 200 exposed referrers.
    """
    return (PRIOR_INVITERS * configured + joined) / (PRIOR_INVITERS + exposed)


def is_robot(*, method: str, user_agent: str, purposes: tuple[str, ...]) -> bool:
    """Return whether a bot made the click: HEAD, a known previewer, a prefetch, or no user agent."""
    is_prefetch = any(word in _PREFETCH for purpose in purposes for word in re.split(r"[;,\s]+", purpose.lower()))
    return method != "GET" or is_prefetch or not user_agent or bool(_ROBOT.search(user_agent))
