"""Caps, compliance and sign-up signals as pure functions. A refusal is a short code; None means allowed."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import prod

from viral_engine.accounts.rules import ADULT_AGE, needs_consent

DAILY_CAPS = {"send_invite": 10, "trigger_loop": 20, "create_challenge": 5, "share_progress": 15}
HOURLY_CAP = 10  # per action

COPPA_NO_CONSENT = "coppa_no_consent"
# Forbidden for children under 13 without a parent's consent (COPPA).
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

# Of these, what publishes a child: its parent must be verified (16 CFR 312.5).
PUBLISHING_ACTIONS = frozenset({"social_sharing", "public_leaderboard", "chat"})

SIGN_UPS_PER_IP = 3  # more in 24 h is a signal but no proof, because schools share one address
WEIGHTS = {"same_device": 0.8, "disposable_email": 0.5, "crowded_ip": 0.1}
DISPOSABLE_DOMAINS = frozenset(
    {"mailinator.com", "guerrillamail.com", "10minutemail.com", "tempmail.com", "yopmail.com", "trashmail.com"}
)


@dataclass(frozen=True, slots=True)
class Usage:
    """The number of times this action was allowed for the person, per period."""

    last_day: int
    last_hour: int


def over_cap(action: str, usage: Usage) -> str | None:
    """The cap that the action would exceed, or None."""
    if usage.last_hour >= HOURLY_CAP:
        return "hourly_cap"
    return "daily_cap" if usage.last_day >= DAILY_CAPS.get(action, HOURLY_CAP) else None


def compliance(
    action: str, *, age: int | None, consents: Collection[str], is_educational_record: bool = False
) -> str | None:
    """The refusal by law, or None: COPPA for children, FERPA for minors' school records."""
    required = "disclosure" if action in PUBLISHING_ACTIONS else "coppa"
    if action in SOCIAL_ACTIONS and needs_consent(age) and required not in consents:
        return COPPA_NO_CONSENT
    is_minor = age is None or age < ADULT_AGE
    if action == "share_progress" and is_minor and is_educational_record and "ferpa" not in consents:
        return "ferpa_violation"
    return None


def combined_risk(weights: Iterable[float]) -> float:
    """The combined risk of independent signals, 0 to 1: 1 - prod(1 - w). Unlike a mean, many small signals add up."""
    return 1 - prod(1 - weight for weight in weights)


def outcome_for(risk: float) -> str:
    """The outcome for a risk: block from 0.8, hold for review from 0.6, queue from 0.4, watch from 0.2, else allow."""
    steps = ((0.8, "block"), (0.6, "hold"), (0.4, "queue"), (0.2, "watch"))
    return next((name for floor, name in steps if risk >= floor), "allow")


def sign_up_signals(*, same_device: int, same_ip: int, email: str) -> list[str]:
    """Suspicious signals of a new account. Counts are of other accounts, `same_ip` in the last 24 h."""
    signals = {
        "same_device": same_device > 0,
        "disposable_email": email.rpartition("@")[2] in DISPOSABLE_DOMAINS,
        "crowded_ip": same_ip > SIGN_UPS_PER_IP,
    }
    return [name for name, applies in signals.items() if applies]
