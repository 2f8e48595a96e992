"""Sample size and duration of a test."""

from math import ceil, sqrt
from statistics import NormalDist

from experiments.analysis.samples import ALPHA

POWER = 0.8
WEEK = 7


def units_for_rates(base: float, target: float, *, alpha: float = ALPHA, power: float = POWER) -> int | None:
    """Units per arm to detect the difference of two rates, two-sided; None if the rates are equal.

    Source  Fleiss, Levin, Paik 2003, without continuity correction.
    """
    if base == target:
        return None
    mean = (base + target) / 2
    alike, apart = 2 * mean * (1 - mean), base * (1 - base) + target * (1 - target)
    errors = _quantile(1 - alpha / 2) * sqrt(alike) + _quantile(power) * sqrt(apart)
    return max(1, ceil((errors / (target - base)) ** 2))


def days_needed(units_per_arm: int, *, daily_units: float, smallest_share: float) -> int | None:
    """Days until the smallest arm reaches its size, in whole weeks; None without traffic.

    Units  smallest_share is that arm's share of all daily units, including coverage, 0..1.
    """
    daily = daily_units * smallest_share
    return WEEK * ceil(units_per_arm / daily / WEEK) if daily > 0 else None


def _quantile(share: float) -> float:
    return NormalDist().inv_cdf(share)
