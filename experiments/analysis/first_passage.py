"""The power of a sequential test: the probability that a drifting path passes its limit at one of its looks."""

from collections.abc import Sequence
from math import pi, sqrt

import numpy as np
from scipy.special import roots_legendre

_NODES, _DEEP = 96, 9.0  # _DEEP standard deviations below zero a path is lost to the test


def passing_probability(drift: float, limits: Sequence[float]) -> float:
    """The probability that z, whose mean grows to `drift`, is above its limit at one of the evenly spaced looks.

    The density of the paths that have not passed yet is carried from look to look on Gauss-Legendre nodes.

    Source  Armitage, McPherson, Rowe 1969: repeated numerical integration.
    """
    looks = len(limits)
    nodes, weights = roots_legendre(_NODES)
    places, masses = np.zeros(1), np.ones(1)
    for look, limit in enumerate(limits, 1):
        time = look / looks
        top = limit * sqrt(time) - drift * time  # of the path without its drift
        low = min(top - 1, -_DEEP * sqrt(time))
        half = (top - low) / 2
        here = low + half + half * nodes
        steps = np.exp(-((here[:, None] - places[None, :]) ** 2) * looks / 2) * sqrt(looks / (2 * pi))
        places, masses = here, half * weights * (steps @ masses)
    return 1 - float(masses.sum())
