"""Adjust p-values for several comparisons."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def holm(p_values: Mapping[K, float | None]) -> dict[K, float | None]:
    """Adjusted p-values, to compare with alpha; a comparison without a p-value is not part of the family.

    Source  Holm 1979.
    """
    known = _ordered(p_values)
    adjusted: dict[K, float | None] = dict.fromkeys(p_values)
    floor = 0.0
    for rank, (p, key) in enumerate(known):
        floor = max(floor, min(1.0, p * (len(known) - rank)))
        adjusted[key] = floor
    return adjusted


def holm_alphas(p_values: Mapping[K, float | None], alpha: float) -> dict[K, float]:
    """The alpha of each comparison's own step: a p-value below it is proven, and its interval at that level agrees.

    The steps end at the first comparison that is not proven; all later ones keep its alpha. A comparison without a
    p-value has that of the first step.
    """
    known = _ordered(p_values)
    alphas = dict.fromkeys(p_values, alpha / max(1, len(known)))
    step, is_proven = alpha / max(1, len(known)), True
    for rank, (p, key) in enumerate(known):
        if is_proven:
            step = alpha / (len(known) - rank)
            is_proven = p < step
        alphas[key] = step
    return alphas


def _ordered(p_values: Mapping[K, float | None]) -> list[tuple[float, K]]:
    known = sorted((p, n, key) for n, (key, p) in enumerate(p_values.items()) if p is not None)
    return [(p, key) for p, _, key in known]
