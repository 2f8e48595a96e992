"""Scores, robots and the numbers of the contract."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from loops.rules.copy import DEFAULT_LANGUAGE, LONGEST_TEXT, PARTS
from loops.rules.economy import REWARDS

ENGAGED_SESSIONS, SOMEWHAT_ENGAGED_SESSIONS = 5, 2  # finished in 7 days
PROMPTS_PER_DAY = 3
PRIOR_INVITERS = 200  # the configured K counts as much as what so many exposed inviters did
K_LEARNED_FROM = timedelta(days=90)
CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"  # nothing that reads as another
CODE_LENGTH = 8
BEATEN_SHARE = 0.9  # of the challenger's score earns the shields
FVM_WINDOW = timedelta(hours=48)
CHANNELS = ("copy", "sms", "whatsapp", "email", "system")

# Programs that fetch a link to draw its preview, and other self-declared robots. CUBOT makes telephones.
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
    """How much a loop deserves this moment.

    Units   hours_since_last counts from the same loop's last prompt; None when there was none.
    """
    penalty = 0.0 if hours_since_last is None else max(0.0, 0.3 - hours_since_last / 48)
    return expected_k + 0.15 * (engagement == "high") + 0.20 * is_milestone - penalty


def shields_from(params: Mapping[str, Any]) -> int:
    """What an arm promises each side; 1 where it says nothing a challenge may promise."""
    shields = params.get("shields")
    return shields if isinstance(shields, int) and 1 <= shields <= REWARDS["streak_shield"].daily_cap else 1


def shields_won(*, mine: int, theirs: int, other: str = "challenger") -> str:
    """How it is told to one of two who were both rewarded; a full day's cap leaves somebody without."""
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
    """The copy an arm puts in place of the loop's own, cut to fit; for another language it stands under its name."""
    said = params if language == DEFAULT_LANGUAGE else params.get(language, {})
    texts = {part: said.get(part) for part in PARTS} if isinstance(said, Mapping) else {}
    return {part: text[:LONGEST_TEXT] for part, text in texts.items() if isinstance(text, str) and text.strip()}


def filled(text: str, **facts: object) -> str:
    """{score} and the like are replaced; anything else in braces stays as it is."""
    for name, fact in facts.items():
        text = text.replace(f"{{{name}}}", str(fact))
    return text


def learned_k(*, configured: float, exposed: int, joined: int) -> float:
    """K of a loop for one kind of person, drawn towards the configured value while few people were exposed.

    Source  the posterior mean of a rate with a Gamma prior worth 200 exposed inviters.
    """
    return (PRIOR_INVITERS * configured + joined) / (PRIOR_INVITERS + exposed)


def is_robot(*, method: str, user_agent: str, purposes: tuple[str, ...]) -> bool:
    """Whether a click was made by a program: HEAD, a known previewer, a prefetch, or no user agent at all."""
    is_prefetch = any(word in _PREFETCH for purpose in purposes for word in re.split(r"[;,\s]+", purpose.lower()))
    return method != "GET" or is_prefetch or not user_agent or bool(_ROBOT.search(user_agent))


def earns_shields(*, score: int, score_to_beat: int) -> bool:
    return score >= BEATEN_SHARE * score_to_beat
