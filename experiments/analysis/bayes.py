"""Bayesian probabilities of rates with a Beta(1, 1) prior, accurate to 1e-10 at any count.

The integrals sum panels between quantiles of all arms, with 24 Gauss-Legendre nodes each, so that even a narrow peak
contains nodes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from math import exp, prod
from typing import TYPE_CHECKING

from scipy.special import betainc, betaincc, betainccinv, betaincinv, betaln, expm1, roots_legendre, xlog1py, xlogy

from experiments.analysis.samples import ALPHA, BinarySample, Interval

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    Floats = NDArray[float64]

_TAILS = (1e-16, 1e-12, 1e-8, 1e-5, 1e-3, 0.02, 0.1, 0.3, 0.5)
_NODES = 24
_MIN_CHANCE, _MAX_CHANCE = 1e-300, 1 - 2**-53  # the nearest numbers to 0 and 1
_PLOTTED = 1e-4  # share of each tail that a plot leaves out


@dataclass(frozen=True, slots=True)
class WinProbability:
    """Units  best is the probability to be best, 0..1; expected_loss is the mean rate lost by choosing this arm."""

    best: float
    expected_loss: float


@dataclass(frozen=True, slots=True)
class DensityPoint:
    rate: float
    density: float


def probability_to_beat(control: BinarySample, treatment: BinarySample) -> float:
    """P(rate of treatment > rate of control)."""
    return win_probabilities([control, treatment])[1].best


def win_probabilities(arms: Sequence[BinarySample]) -> tuple[WinProbability, ...]:
    """The probability to be best and the expected loss of each arm, in the given order."""
    masses, bests, losses = ([0.0] * len(arms) for _ in range(3))
    for rates, weights in _panels(arms):
        below = [betainc(*_shape(arm), rates) for arm in arms]
        above = [betaincc(*_shape(arm), rates) for arm in arms]
        for i, arm in enumerate(arms):
            density = weights * _relative_density(arm, rates)
            rest = [j for j in range(len(arms)) if j != i]
            masses[i] += float(density.sum())
            bests[i] += float((density * prod(below[j] for j in rest)).sum())
            losses[i] += float((weights * below[i] * _any_of([above[j] for j in rest], 0 * rates)).sum())
    return tuple(
        WinProbability(_bounded(best / mass) if len(arms) > 1 else 1.0, max(0.0, loss))
        for best, mass, loss in zip(bests, masses, losses, strict=True)
    )


def credible_interval(arm: BinarySample, *, alpha: float = ALPHA) -> Interval:
    """The credible interval of the rate, with probability 1 - alpha."""
    shape = _shape(arm)
    return Interval(float(betaincinv(*shape, alpha / 2)), float(betainccinv(*shape, alpha / 2)))


def posterior_density(arm: BinarySample, *, points: int = 121) -> tuple[DensityPoint, ...]:
    """Points of the rate's posterior density, for a plot."""
    ends = credible_interval(arm, alpha=2 * _PLOTTED)
    rates = [ends.low + (ends.high - ends.low) * n / (points - 1) for n in range(points)]
    failures = arm.units - arm.conversions
    logs = xlogy(arm.conversions, rates) + xlog1py(failures, [-rate for rate in rates]) - betaln(*_shape(arm))
    return tuple(DensityPoint(rate, exp(one)) for rate, one in zip(rates, logs, strict=True))


def _bounded(chance: float) -> float:
    """Data makes nothing certain: never 0 or 1."""
    return min(_MAX_CHANCE, max(_MIN_CHANCE, chance))


def _shape(arm: BinarySample) -> tuple[float, float]:
    return arm.conversions + 1.0, arm.units - arm.conversions + 1.0


def _panels(arms: Sequence[BinarySample]) -> "Iterator[tuple[Floats, Floats]]":
    """The integration nodes and weights of each panel."""
    nodes, weights = roots_legendre(_NODES)
    edges = sorted(
        {float(edge(*_shape(arm), tail)) for arm in arms for edge in (betaincinv, betainccinv) for tail in _TAILS}
    )
    for low, high in pairwise(edges):
        half = (high - low) / 2
        yield low + half + half * nodes, half * weights


def _relative_density(arm: BinarySample, rates: "Floats") -> "Floats":
    """The density relative to its mode, computed around the mode so that large counts do not cancel."""
    failures = arm.units - arm.conversions
    mode = arm.conversions / arm.units if arm.units else 0.5
    away = rates - mode
    logs = xlog1py(arm.conversions, away / (mode or 1)) + xlog1py(failures, -away / (1 - mode or 1))
    return expm1(logs) + 1


def _any_of(chances: "Sequence[Floats]", none: "Floats") -> "Floats":
    """The probability of at least one of several independent events; exact if each is rare."""
    return reduce(lambda one, other: one + other * (1 - one), chances, none)
