"""A logarithmic histogram: percentiles of millions of amounts from a few counts, with a known error."""

import math
from collections.abc import Mapping

PER_DOUBLING = 4  # a bucket is 19% wide, so a percentile is off by at most 9%
MAX_BUCKET = 120  # 2^30: 34 years in seconds


def place(amount: float) -> float:
    """The position of an amount on an axis where each bucket is one wide."""
    return 1 + PER_DOUBLING * math.log2(amount) if amount >= 1 else amount


def bucket(amount: float) -> int:
    """0 for less than one; then four buckets for each doubling."""
    return min(MAX_BUCKET, math.floor(place(amount) + 1e-9)) if amount >= 1 else 0


def edges(number: int) -> tuple[float, float]:
    """Lower edge, included, and upper edge, excluded."""
    if number == 0:
        return 0.0, 1.0
    return 2 ** ((number - 1) / PER_DOUBLING), 2 ** (number / PER_DOUBLING)


def percentile(counts: Mapping[int, int], share: float) -> float | None:
    """The amount that `share` of all amounts do not exceed, as the middle of its bucket; None without amounts."""
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
