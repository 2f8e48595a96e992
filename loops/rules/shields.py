"""Rewards that two people win together."""

from collections.abc import Mapping
from typing import Any

from loops.rules.economy import REWARDS

PERCENT_TO_MATCH = 90  # of the challenger's score earns the shields


def winning_score(score_to_beat: int) -> int:
    """The lowest score, in percent, with which both sides of a challenge win."""
    return -(-PERCENT_TO_MATCH * score_to_beat // 100)


def earns_shields(*, score: int, score_to_beat: int) -> bool:
    return score >= winning_score(score_to_beat)


def reward_per_side(params: Mapping[str, Any]) -> tuple[str, int]:
    """Return the kind and amount each side earns in an arm; one shield without a valid value."""
    for kind, name in (("streak_shield", "shields"), ("points", "points")):
        amount = params.get(name)
        if isinstance(amount, int) and 1 <= amount <= REWARDS[kind].daily_cap:
            return kind, amount
    return "streak_shield", 1


def prize(kind: str, amount: int) -> str:
    """Name a reward inside a sentence: "a streak shield", "2 streak shields", "100 points"."""
    return f"a {REWARDS[kind].name}" if amount == 1 else REWARDS[kind].count(amount)


def rewards_won(*, mine: int, theirs: int, kind: str = "streak_shield", other: str = "challenger") -> str:
    """Describe to one side the rewards that both sides won; a daily cap may leave a side with none."""
    if mine and mine == theirs:
        return f"You both earned {prize(kind, mine)}."
    if mine and theirs:
        return f"You earned {prize(kind, mine)}, the {other} {prize(kind, theirs)}."
    if mine:
        return f"You earned {prize(kind, mine)}. The {other} has all of theirs for today."
    if theirs:
        return f"The {other} earned {prize(kind, theirs)}. You have all of yours for today."
    return f"You both have all your {REWARDS[kind].plural} for today."
