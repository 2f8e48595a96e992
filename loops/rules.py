"""The arithmetic of growth, without a clock and without a database."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

ENGAGED_SESSIONS, SOMEWHAT_ENGAGED_SESSIONS = 5, 2  # finished in 7 days
PROMPTS_PER_DAY = 3
CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"  # nothing that reads as another
CODE_LENGTH = 8
BEATEN_SHARE = 0.9  # of the challenger's score earns the shields
FVM_WINDOW = timedelta(hours=48)
ATTRIBUTION_WINDOW = timedelta(days=30)
CHANNELS = ("copy", "sms", "whatsapp", "email", "system")

# Programs that fetch a link to draw its preview, and other self-declared robots. CUBOT makes telephones.
_ROBOT = re.compile(
    r"(?<!cu)bot\b|crawl|spider|slurp|preview|facebookexternalhit|facebookcatalog|whatsapp/|telegrambot|skypeuripreview"
    r"|embedly|quora link|pinterest|vkshare|w3c_validator|curl/|wget/|python-requests|headlesschrome-lighthouse",
    re.IGNORECASE,
)
_PREFETCH = frozenset({"prefetch", "prerender", "preview", "instant"})


@dataclass(frozen=True, slots=True)
class Reward:
    """One kind of reward: what it may be granted a day, how long it lasts, what one costs us."""

    daily_cap: int
    lasts: timedelta | None
    cost_cents: int
    name: str
    plural: str


REWARDS = {
    "ai_tutor_minutes": Reward(60, timedelta(days=30), 4, "AI-tutor minute", "AI-tutor minutes"),
    "class_pass": Reward(2, timedelta(days=90), 900, "class pass", "class passes"),
    "streak_shield": Reward(3, timedelta(days=7), 5, "streak shield", "streak shields"),
    "referral_xp": Reward(500, None, 0, "XP", "XP"),
}


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


def is_robot(*, method: str, user_agent: str, purposes: tuple[str, ...]) -> bool:
    """Whether a click was made by a program: HEAD, a known previewer, a prefetch, or no user agent at all."""
    is_prefetch = any(word in _PREFETCH for purpose in purposes for word in re.split(r"[;,\s]+", purpose.lower()))
    return method != "GET" or is_prefetch or not user_agent or bool(_ROBOT.search(user_agent))


def earns_shields(*, score: int, score_to_beat: int) -> bool:
    return score >= BEATEN_SHARE * score_to_beat


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a reward ledger."""

    amount: int
    at: datetime
    expires_at: datetime | None


def usable(lines: Sequence[Line], at: datetime) -> int:
    """What is left at `at`: uses took from the oldest grant then alive, and the rest of a grant ends with it.

    Shape  lines of one person and kind, oldest first.
    """
    lots: list[list[Any]] = []  # [left, expires_at]
    for line in lines:
        if line.amount > 0:
            lots.append([line.amount, line.expires_at])
            continue
        owed = -line.amount
        for lot in lots:
            if owed and (lot[1] is None or line.at < lot[1]):
                taken = min(owed, lot[0])
                lot[0] -= taken
                owed -= taken
    return sum(left for left, expires_at in lots if expires_at is None or at < expires_at)
