"""Caps, compliance and signals as pure functions. A reason is a short code; None means no objection."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import prod

from viral_engine.accounts.rules import ADULT_AGE, needs_consent

DAILY_CAPS = {"send_invite": 10, "trigger_loop": 20, "create_challenge": 5, "share_progress": 15}
HOURLY_CAP = 10  # of any one action

# A child under 13 does none of these before a parent consented (16 CFR 312.5).
SOCIAL_ACTIONS = frozenset(
    {
        "social_sharing",
        "public_leaderboard",
        "invite_minor",
        "chat",
        "send_invite",
        "trigger_loop",
        "create_challenge",
        "share_progress",
    }
)

SIGN_UPS_PER_IP = 3  # more in 24 h is a signal, not proof: schools share one address
WEIGHTS = {"same_device": 0.8, "disposable_email": 0.5, "crowded_ip": 0.1}
DISPOSABLE_DOMAINS = frozenset(
    {"mailinator.com", "guerrillamail.com", "10minutemail.com", "tempmail.com", "yopmail.com", "trashmail.com"}
)


@dataclass(frozen=True, slots=True)
class Usage:
    """How often the person did this action, already allowed, before now."""

    last_day: int
    last_hour: int


def over_cap(action: str, usage: Usage) -> str | None:
    if usage.last_hour >= HOURLY_CAP:
        return "hourly_cap"
    return "daily_cap" if usage.last_day >= DAILY_CAPS.get(action, HOURLY_CAP) else None


def compliance(
    action: str, *, age: int | None, consents: Collection[str], is_educational_record: bool = False
) -> str | None:
    """COPPA for children, FERPA for minors' school records."""
    if action in SOCIAL_ACTIONS and needs_consent(age) and "coppa" not in consents:
        return "coppa_no_consent"
    is_minor = age is None or age < ADULT_AGE
    if action == "share_progress" and is_minor and is_educational_record and "ferpa" not in consents:
        return "ferpa_violation"
    return None


def combined(weights: Iterable[float]) -> float:
    """Independent signals as one risk, 0 to 1: 1 - prod(1 - w). Many small ones can block; a mean never could."""
    return 1 - prod(1 - weight for weight in weights)


def verdict(risk: float) -> str:
    """block at 0.8, hold for review at 0.6, queue at 0.4, watch at 0.2."""
    steps = ((0.8, "block"), (0.6, "hold"), (0.4, "queue"), (0.2, "watch"))
    return next((name for floor, name in steps if risk >= floor), "allow")


def sign_up_signals(*, same_device: int, same_ip: int, email: str) -> list[str]:
    """What is odd about a new account; counts are of other accounts, `same_ip` of the last 24 h."""
    signals = {
        "same_device": same_device > 0,
        "disposable_email": email.rpartition("@")[2] in DISPOSABLE_DOMAINS,
        "crowded_ip": same_ip > SIGN_UPS_PER_IP,
    }
    return [name for name, applies in signals.items() if applies]
