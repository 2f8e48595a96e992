"""What rewards are worth, cost and last, and how a ledger's lines pay for each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

# The one wait before what ran out is written off: a promised listener acts with the instant of its event, and its
# eighth try comes 43 minutes after that.
EXPIRY_GRACE = timedelta(hours=1)
OVERALL, SHOP = "overall", "shop"  # what a spend limit may be for, beside a loop's name
# Kinds that a loop pays to the parent of a child under 13. A shield saves the child's own streak and stays there.
PAID_TO_PARENTS = frozenset({"ai_tutor_minutes", "class_pass", "referral_xp"})


@dataclass(frozen=True, slots=True)
class Reward:
    """One kind of reward: what it may be granted a day, how long it lasts, what one costs us."""

    daily_cap: int
    lasts: timedelta | None
    cost_cents: int
    name: str
    plural: str

    def count(self, amount: int) -> str:
        """The amount in words: "1 class pass", "15 AI-tutor minutes"."""
        return f"{amount} {self.word_for(amount)}"

    def word_for(self, amount: int) -> str:
        return self.name if amount == 1 else self.plural


# The contract's terms: what holds for a kind whose row nobody edited.
REWARDS = {
    "points": Reward(500, None, 0, "point", "points"),
    "ai_tutor_minutes": Reward(60, timedelta(days=30), 4, "AI-tutor minute", "AI-tutor minutes"),
    "class_pass": Reward(2, timedelta(days=90), 900, "class pass", "class passes"),
    "streak_shield": Reward(3, timedelta(days=7), 5, "streak shield", "streak shields"),
    "referral_xp": Reward(500, None, 0, "XP for inviting", "XP for inviting"),
}


@dataclass(frozen=True, slots=True)
class Worth:
    """What an action earns, and why, in words for the person."""

    points: int
    reason: str


# What holds for an action whose row nobody edited.
WORTH = {
    "complete_practice": Worth(100, "Finished a practice"),
    "complete_practice_test": Worth(200, "Finished a practice test"),
    "complete_diagnostic": Worth(200, "Finished a diagnostic"),
    "win_challenge": Worth(50, "Won a challenge"),
    "earn_achievement": Worth(50, "Earned a badge"),
}


def goes_to_parent(kind: str, loop: str, *, is_child: bool) -> bool:
    """Whether a reward earned by a child under 13 belongs on the parent's account (SAFETY 5, item 7).

    What a child buys with points of their own is no referral reward.
    """
    is_referral_reward = kind == "referral_xp" or bool(loop and loop != SHOP)
    return is_child and is_referral_reward and kind in PAID_TO_PARENTS


def taken(lots: Sequence[int], amount: int) -> list[int]:
    """How much of each lot pays for `amount`, first lot first; all of them when together they are too few."""
    parts = []
    for lot in lots:
        parts.append(min(lot, amount))
        amount -= parts[-1]
    return parts


def rounds_to(price: int, held: int, per_round: int) -> int:
    """How many rounds of practice pay for what is missing; 0 when nothing is, or rounds earn nothing."""
    return -(-max(price - held, 0) // per_round) if per_round else 0
