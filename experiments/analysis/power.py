"""Sample size, duration and detectable effect of a test, for the mode in which it is judged."""

from functools import lru_cache
from math import ceil, sqrt
from statistics import NormalDist

from experiments.analysis.samples import ALPHA
from experiments.analysis.sequential import half_width_in_errors

POWER = 0.8
WEEK = 7
DEFAULT_LOOKS = 12  # weekly looks of a sequential test of a quarter of a year
_STEPS = 24
_TUNED = 10**9  # only shares of the plan matter


def units_for_rates(
    base: float,
    target: float,
    *,
    alpha: float = ALPHA,
    power: float = POWER,
    is_sequential: bool = False,
    looks: int = DEFAULT_LOOKS,
) -> int | None:
    """Units per arm to detect the difference of two rates, two-sided; None if the rates are equal.

    A sequential test needs about 1.8 times as many, because it may be decided at any of its weekly looks.

    Source  Fleiss, Levin, Paik 2003, without continuity correction.
    """
    if base == target:
        return None
    mean = (base + target) / 2
    alike, apart = 2 * mean * (1 - mean), base * (1 - base) + target * (1 - target)
    errors = _quantile(1 - alpha / 2) * sqrt(alike) + _quantile(power) * sqrt(apart)
    units = (errors / (target - base)) ** 2
    if is_sequential:
        units *= inflation(alpha=alpha, power=power, looks=looks)
    return max(1, ceil(units))


def inflation(*, alpha: float = ALPHA, power: float = POWER, looks: int = DEFAULT_LOOKS) -> float:
    """How many times the units of a fixed-size test a sequential one needs for the same power."""
    return (detectable_errors(alpha=alpha, power=power, looks=looks) / (fixed_errors(alpha=alpha, power=power))) ** 2


def fixed_errors(*, alpha: float = ALPHA, power: float = POWER) -> float:
    """The effect, in standard errors at the end, that a fixed-size test detects."""
    return _quantile(1 - alpha / 2) + _quantile(power)


@lru_cache(maxsize=256)
def detectable_errors(
    *, alpha: float = ALPHA, power: float = POWER, looks: int = DEFAULT_LOOKS, share: float = 1.0
) -> float:
    """The effect, in standard errors now, that a sequential test has detected with this power after so many looks.

    Units  share is the part of the planned units that have come so far, 0..1; looks are evenly spaced up to now.
    Cost   30 ms, once for each set of values in a process.
    """
    from experiments.analysis.first_passage import passing_probability

    reach = [
        half_width_in_errors(units=max(1, round(_TUNED * share * look / looks)), tuned=_TUNED, at=alpha)
        for look in range(1, looks + 1)
    ]
    low, high = 0.0, reach[-1] + _quantile(power) + 0.01
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if passing_probability(middle, reach) >= power else (middle, high)
    return high


def days_needed(units_per_arm: int, *, daily_units: float, smallest_share: float) -> int | None:
    """Days until the smallest arm reaches its size, in whole weeks; None without traffic.

    Units  smallest_share is that arm's share of all daily units, including coverage, 0..1.
    """
    daily = daily_units * smallest_share
    return WEEK * ceil(units_per_arm / daily / WEEK) if daily > 0 else None


def _quantile(share: float) -> float:
    return NormalDist().inv_cdf(share)
