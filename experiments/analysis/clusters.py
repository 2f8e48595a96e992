"""Compare arms by referral tree: members of a tree resemble each other, so each adds less than one unit of evidence.

Source  The linearized variance of a ratio with trees as units: Deng, Knoblich, Lu 2018.
"""

from collections.abc import Iterable

from experiments.analysis.means import compare_estimates
from experiments.analysis.samples import ALPHA, Comparison, PairedSample


def sum_clusters(clusters: Iterable[tuple[float, int]]) -> PairedSample:
    """Sum (total of the members, number of members) over clusters."""
    sums = PairedSample(0, 0, 0, 0, 0, 0)
    for total, members in clusters:
        sums += PairedSample(1, total, members, total * total, members * members, total * members)
    return sums


def compare(control: PairedSample, treatment: PairedSample, *, alpha: float = ALPHA) -> Comparison:
    """The difference of means per member, with the variance between clusters."""
    return compare_estimates("clustered", control.ratio(), treatment.ratio(), alpha=alpha)


def design_effect(clusters: PairedSample, member_variance: float) -> float | None:
    """The variance relative to independent members; None without variance."""
    estimate = clusters.ratio()
    if estimate is None or not member_variance:
        return None
    return estimate.squared_error / (member_variance / clusters.second)


def binary_variance(clusters: PairedSample) -> float:
    """The variance of one member's conversion, 0 or 1."""
    rate = clusters.first / clusters.second if clusters.second else 0.0
    return rate * (1 - rate)
