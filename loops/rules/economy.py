"""Reward terms, points per action, and how grants pay for redemptions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

# Expired grants are written off after this delay: a durable listener acts at the time of its event, and its eighth try
# comes 43 minutes later.
EXPIRY_GRACE = timedelta(hours=1)
OVERALL, SHOP = "overall", "shop"  # scopes of spend limits, besides loop names
# Kinds that go to the parent of a child under 13. Shields protect the child's own streak and go to the child.
PAID_TO_PARENTS = frozenset({"ai_tutor_minutes", "class_pass", "referral_xp"})


@dataclass(frozen=True, slots=True)
class Reward:
    """Terms of one kind of reward: daily cap, lifetime, unit cost and name."""

    daily_cap: int
    lasts: timedelta | None
    cost_cents: int
    name: str
    plural: str

    def count(self, amount: int) -> str:
        """Return the amount with its unit: "1 class pass", "15 AI-tutor minutes"."""
        return f"{amount} {self.word_for(amount)}"

    def word_for(self, amount: int) -> str:
        return self.name if amount == 1 else self.plural


# Default terms of kinds without a row in the admin.
REWARDS = {
    "points": Reward(500, None, 0, "point", "points"),
    "ai_tutor_minutes": Reward(60, timedelta(days=30), 4, "AI-tutor minute", "AI-tutor minutes"),
    "class_pass": Reward(2, timedelta(days=90), 900, "class pass", "class passes"),
    "streak_shield": Reward(3, timedelta(days=7), 5, "streak shield", "streak shields"),
    "referral_xp": Reward(500, None, 0, "XP for inviting", "XP for inviting"),
}


# Reasons a person may read about a reward on hold: "50 XP after the first session". Other holds are reviews.
UNTIL_FIRST_SESSION = "the first session"
UNTIL_CHECKED = "a quick check"


def waits_for(held_for: str) -> str:
    return held_for if held_for == UNTIL_FIRST_SESSION else UNTIL_CHECKED


@dataclass(frozen=True, slots=True)
class PointsForAction:
    """Points of an action, with a reason for the person."""

    points: int
    reason: str


# Default points of actions without a row in the admin.
POINTS_PER_ACTION = {
    "complete_practice": PointsForAction(100, "Finished a practice"),
    "complete_practice_test": PointsForAction(200, "Finished a practice test"),
    "complete_diagnostic": PointsForAction(200, "Finished a diagnostic"),
    "win_challenge": PointsForAction(50, "Won a challenge"),
    "earn_achievement": PointsForAction(50, "Earned a badge"),
}


def goes_to_parent(kind: str, loop: str, *, is_child: bool) -> bool:
    """Return whether a reward goes to the parent because a child under 13 earned it by a referral.

    Purchases with a child's own points are not referral rewards.
    """
    is_referral_reward = kind == "referral_xp" or bool(loop and loop != SHOP)
    return is_child and is_referral_reward and kind in PAID_TO_PARENTS


def amounts_from_lots(lots: Sequence[int], amount: int) -> list[int]:
    """Return how much each lot pays towards `amount`, first lot first; everything if the lots are too small."""
    parts = []
    for lot in lots:
        parts.append(min(lot, amount))
        amount -= parts[-1]
    return parts


def practices_to(price: int, held: int, per_practice: int) -> int:
    """Return how many practices earn the missing points; 0 if none are missing or a practice earns nothing."""
    return -(-max(price - held, 0) // per_practice) if per_practice else 0
