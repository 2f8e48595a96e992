"""How long a test must run before it can say anything."""

from math import ceil, sqrt
from statistics import NormalDist

from experiments.analysis.samples import ALPHA

POWER = 0.8
WEEK = 7
_HALVINGS = 60


def units_for_rates(base: float, target: float, *, alpha: float = ALPHA, power: float = POWER) -> int | None:
    """Units per arm that tell one rate from the other, two-sided; None when they are the same.

    Source  Fleiss, Levin, Paik 2003, without continuity correction.
    """
    if base == target:
        return None
    mean = (base + target) / 2
    alike, apart = 2 * mean * (1 - mean), base * (1 - base) + target * (1 - target)
    errors = _quantile(1 - alpha / 2) * sqrt(alike) + _quantile(power) * sqrt(apart)
    return max(1, ceil((errors / (target - base)) ** 2))


def units_for_means(deviation: float, difference: float, *, alpha: float = ALPHA, power: float = POWER) -> int | None:
    """Units per arm that show a difference of means, two-sided; None when there is none.

    Source  Guenther 1981: the normal answer and a little more for the unknown variance.
    """
    if not difference:
        return None
    z = _quantile(1 - alpha / 2)
    normal = 2 * ((z + _quantile(power)) * deviation / difference) ** 2
    return max(2, ceil(normal + z * z / 4))


def detectable_rate(base: float, units_per_arm: int, *, alpha: float = ALPHA, power: float = POWER) -> float | None:
    """The lowest rate above `base` that so many units would show; None when not even 1 would be."""
    low, high = base, 1.0
    if not _suffices(base, high, units_per_arm, alpha, power):
        return None
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if _suffices(base, middle, units_per_arm, alpha, power) else (middle, high)
    return high


def detectable_difference(
    deviation: float, units_per_arm: int, *, alpha: float = ALPHA, power: float = POWER
) -> float | None:
    """The smallest difference of means that so many units would show; None under two units."""
    z = _quantile(1 - alpha / 2)
    units = units_per_arm - z * z / 4
    return (z + _quantile(power)) * deviation * sqrt(2 / units) if units > 0 and units_per_arm > 1 else None


def days_needed(units_per_arm: int, *, daily_units: float, smallest_share: float) -> int | None:
    """Days until the smallest arm is full, as whole weeks; None when nobody comes.

    Units  smallest_share is that arm's part of all daily units, coverage included, 0..1.
    """
    daily = daily_units * smallest_share
    return WEEK * ceil(units_per_arm / daily / WEEK) if daily > 0 else None


def _suffices(base: float, target: float, units: int, alpha: float, power: float) -> bool:
    needed = units_for_rates(base, target, alpha=alpha, power=power)
    return needed is not None and needed <= units


def _quantile(share: float) -> float:
    return NormalDist().inv_cdf(share)
