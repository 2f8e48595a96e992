"""Amounts in buckets that grow: a percentile of millions from a handful of counts, at a known error."""

import math
from collections.abc import Mapping

PER_DOUBLING = 4  # a bucket is 19% wide: a percentile is off by 9% at the most
LARGEST = 120  # 2^30: 34 years in seconds


def place(amount: float) -> float:
    """Where an amount stands on an axis of buckets, each one wide: the logarithm, from one on."""
    return 1 + PER_DOUBLING * math.log2(amount) if amount >= 1 else amount


def bucket(amount: float) -> int:
    """0 for less than one; then four buckets for each doubling."""
    return min(LARGEST, math.floor(place(amount) + 1e-9)) if amount >= 1 else 0


def edges(number: int) -> tuple[float, float]:
    """From, and up to without."""
    if number == 0:
        return 0.0, 1.0
    return 2 ** ((number - 1) / PER_DOUBLING), 2 ** (number / PER_DOUBLING)


def percentile(counts: Mapping[int, int], share: float) -> float | None:
    """The amount that `share` of all lie at or under, as the middle of its bucket; None of nothing."""
    total = sum(counts.values())
    if not total:
        return None
    rank, seen = max(1, math.ceil(share * total)), 0
    for number in sorted(counts):
        seen += counts[number]
        if seen >= rank:
            low, high = edges(number)
            return low / 2 + high / 2 if number == 0 else math.sqrt(low * high)
    return None
