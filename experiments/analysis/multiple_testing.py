"""Adjust p-values for several comparisons."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def holm(p_values: Mapping[K, float | None]) -> dict[K, float | None]:
    """Adjusted p-values, to compare with alpha; a comparison without a p-value is not part of the family.

    Source  Holm 1979.
    """
    known = sorted((p, n, key) for n, (key, p) in enumerate(p_values.items()) if p is not None)
    adjusted: dict[K, float | None] = dict.fromkeys(p_values)
    floor = 0.0
    for rank, (p, _, key) in enumerate(known):
        floor = max(floor, min(1.0, p * (len(known) - rank)))
        adjusted[key] = floor
    return adjusted
