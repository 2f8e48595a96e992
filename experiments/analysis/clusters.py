"""Invites are tested by inviter tree: whoever was brought together is alike, and counts for less than one each.

Source  The linearized variance of a ratio with trees as units: Deng, Knoblich, Lu 2018.
"""

from collections.abc import Iterable

from experiments.analysis.means import compare_estimates
from experiments.analysis.samples import ALPHA, Comparison, Paired


def gather(clusters: Iterable[tuple[float, int]]) -> Paired:
    """The sums of (what its members came to, how many they are) over clusters."""
    everyone = Paired(0, 0, 0, 0, 0, 0)
    for total, members in clusters:
        everyone += Paired(1, total, members, total * total, members * members, total * members)
    return everyone


def compare(control: Paired, treatment: Paired, *, alpha: float = ALPHA) -> Comparison:
    """The difference of means per member, with the uncertainty of whole clusters."""
    return compare_estimates("clustered", control.ratio(), treatment.ratio(), alpha=alpha)


def design_effect(clusters: Paired, member_variance: float) -> float | None:
    """How many times the variance is what it would be, had each member come alone; None where nobody varies."""
    estimate = clusters.ratio()
    if estimate is None or not member_variance:
        return None
    return estimate.squared_error / (member_variance / clusters.second)


def binary_variance(clusters: Paired) -> float:
    """The variance of one member who either converts or does not."""
    rate = clusters.first / clusters.second if clusters.second else 0.0
    return rate * (1 - rate)
