"""When a challenge earns shields, and how many."""

from collections.abc import Mapping
from typing import Any

from loops.rules.economy import REWARDS

BEATEN_SHARE = 0.9  # share of the challenger's score that earns the shields


def shields_from(params: Mapping[str, Any]) -> int:
    """Return the shields per side that an arm sets; 1 without a valid value."""
    shields = params.get("shields")
    return shields if isinstance(shields, int) and 1 <= shields <= REWARDS["streak_shield"].daily_cap else 1


def earns_shields(*, score: int, score_to_beat: int) -> bool:
    return score >= BEATEN_SHARE * score_to_beat
