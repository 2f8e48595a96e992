"""Caps, compliance and sign-up signals as pure functions. A refusal is a short code; None means allowed."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import prod
from types import MappingProxyType

from disposable_email_domains import blocklist

from viral_engine.accounts.rules import ADULT_AGE, needs_consent

DAILY_CAPS = {"send_invite": 10, "trigger_loop": 20, "create_challenge": 5, "share_progress": 15, "session_action": 40}
HOURLY_CAP = 10  # per action
# The site takes these for a person, two or three a tutoring session: they do not show how fast the person acts.
AUTOMATIC_ACTIONS = frozenset({"session_action"})

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
REFERRALS_AN_HOUR = 5  # more by one referrer are rapid
NEW_FOR = timedelta(days=1)
# A class of pupils signs up on shared computers behind one address: together those signals stay under the queue.
WEIGHTS = {
    "device_high": 0.8,
    "device_medium": 0.4,
    "device_low": 0.15,
    "disposable_email": 0.5,
    "same_mailbox": 0.45,
    "same_device": 0.15,
    "crowded_ip": 0.05,
    "chain_depth_5": 0.3,
    "chain_depth_10": 0.6,
    "rapid_referrals": 0.4,
    "velocity_20": 0.1,
    "velocity_30": 0.3,
    "velocity_50": 0.5,
    "reported": 0.4,
    "new_account": 0.15,
    "unverified": 0.1,
}
ALLOW, WATCH, QUEUE, HOLD, BLOCK = "allow", "watch", "queue", "hold", "block"
ALLOWING = frozenset({ALLOW, WATCH, QUEUE})
FOR_STAFF = frozenset({QUEUE, HOLD, BLOCK})  # outcomes that open a case


@dataclass(frozen=True, slots=True)
class RiskFacts:
    """The facts of the fraud score about one person.

    Units  `referrals` and `checks` are of the last hour, `neighbors` sign-ups from the same address in 24 h; `depth`
           is the distance from the root of the referral tree, 0 for people whom nobody brought.
    """

    device_level: str = ""  # high | medium | low
    is_disposable: bool = False
    shares_mailbox: bool = False
    shares_device: bool = False
    neighbors: int = 0
    depth: int = 0
    referrals: int = 0
    checks: int = 0
    is_reported: bool = False
    is_new: bool = False
    is_unverified: bool = False


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
    steps = ((0.8, BLOCK), (0.6, HOLD), (0.4, QUEUE), (0.2, WATCH))
    return next((name for floor, name in steps if risk >= floor), ALLOW)


def signals_of(facts: RiskFacts) -> list[str]:
    """The signals of WEIGHTS that the facts raise. Of a ladder (depth, velocity, device) the highest step counts."""
    applies = {
        "disposable_email": facts.is_disposable,
        "same_mailbox": facts.shares_mailbox,
        "same_device": facts.shares_device,
        "crowded_ip": facts.is_new and facts.neighbors > SIGN_UPS_PER_IP,
        "rapid_referrals": facts.referrals > REFERRALS_AN_HOUR,
        "reported": facts.is_reported,
        "new_account": facts.is_new,
        "unverified": facts.is_unverified,
    }
    steps = (
        f"device_{facts.device_level}" if facts.device_level else "",
        _highest("chain_depth", facts.depth, (10, 5)),
        _highest("velocity", facts.checks, (50, 30, 20)),
    )
    return [*filter(None, steps), *(name for name, is_raised in applies.items() if is_raised)]


def _highest(name: str, value: int, floors: tuple[int, ...]) -> str:
    return next((f"{name}_{floor}" for floor in floors if value > floor), "")


@dataclass(frozen=True, slots=True)
class Weighing:
    """The signals that facts raise, with their weights; their combined risk, 0 to 1; and its outcome."""

    weights: dict[str, float]
    risk: float
    outcome: str

    @property
    def reason(self) -> str:
        return ", ".join(self.weights)


def weigh(facts: RiskFacts, others: Mapping[str, float] = MappingProxyType({})) -> Weighing:
    """Weigh a person's signals, and the caller's own. The risk is rounded, so that 0.8 is 0.8."""
    weights = {name: WEIGHTS[name] for name in signals_of(facts)} | dict(others)
    risk = round(combined_risk(weights.values()), 4)
    return Weighing(weights, risk, outcome_for(risk))


def is_disposable(mailbox: str) -> bool:
    """Whether the mailbox is of a provider of throw-away addresses, or of a subdomain of one."""
    labels = mailbox.rpartition("@")[2].lower().split(".")
    return any(".".join(labels[start:]) in blocklist for start in range(len(labels) - 1))
