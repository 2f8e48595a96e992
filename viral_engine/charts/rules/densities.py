"""Curves of a posterior, ready to be drawn."""

import math

POINTS = 61
WIDTH_SD = 4


def beta_curve(alpha: float, beta: float) -> tuple[tuple[float, float], ...]:
    """(share, density) of a Beta distribution, four standard deviations around its mean.

    Cost   about 40 us.
    Source the logarithm of the density, by lgamma, so that a million conversions do not overflow.
    """
    total = alpha + beta
    mean = alpha / total
    spread = WIDTH_SD * math.sqrt(mean * (1 - mean) / (total + 1))
    low, high = max(0.0, mean - spread), min(1.0, mean + spread)
    constant = math.lgamma(total) - math.lgamma(alpha) - math.lgamma(beta)
    step = (high - low) / (POINTS + 1)
    # The two ends of 0..1 are left out: a density may be infinite there.
    shares = (low + step * number for number in range(1, POINTS + 1))
    return tuple(
        (share, math.exp(constant + (alpha - 1) * math.log(share) + (beta - 1) * math.log1p(-share)))
        for share in shares
    )
