"""Streak shields that two people win together."""

from collections.abc import Mapping
from typing import Any

from loops.rules.economy import REWARDS

SHARE_TO_BEAT = 0.9  # share of the challenger's score that earns the shields


def earns_shields(*, score: int, score_to_beat: int) -> bool:
    return score >= SHARE_TO_BEAT * score_to_beat


def shields_per_side(params: Mapping[str, Any]) -> int:
    """Return the shields per side that an arm sets; 1 without a valid value."""
    shields = params.get("shields")
    return shields if isinstance(shields, int) and 1 <= shields <= REWARDS["streak_shield"].daily_cap else 1


def shields_won(*, mine: int, theirs: int, other: str = "challenger") -> str:
    """Describe to one side the shields that both sides won; a daily cap may leave a side with none."""
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
