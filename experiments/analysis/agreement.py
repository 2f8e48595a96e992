"""Make the interval that is shown agree with the test that decides.

A test and an interval are two approximations: near the limit one may say "different" while the other contains "no
difference". The test decides, so the end of the interval next to zero then follows the test.
"""

from dataclasses import replace
from math import expm1, log1p

from experiments.analysis.samples import Comparison, Interval, critical


def agree(comparison: Comparison) -> Comparison:
    """The comparison with intervals that exclude zero exactly if its p-value is below 1 - level.

    Source  Test-based limits, Miettinen 1976, for the end next to zero; the other end stays.
    """
    if comparison.p_value is None or comparison.difference is None:
        return comparison
    shrink = _shrink(comparison.p_value, 1 - comparison.level)
    lift = comparison.lift_interval
    if lift is not None and comparison.lift is not None:
        near = expm1(log1p(comparison.lift) * shrink)
        lift = _aligned(lift, comparison.lift, near, is_proven=shrink > 0)
    ends = comparison.interval
    if ends is not None:
        near = comparison.difference * shrink
        ends = _aligned(ends, comparison.difference, near, is_proven=shrink > 0)
    return replace(comparison, interval=ends, lift_interval=lift)


def _shrink(p_value: float, alpha: float) -> float:
    """The share of an estimate at which its test-based limit lies; above zero exactly if p < alpha."""
    if p_value >= alpha:
        return max(-1.0, min(0.0, 1 - critical(alpha) / critical(p_value))) if p_value < 1 else 0.0
    return max(1e-9, 1 - critical(alpha) / critical(p_value))


def _aligned(ends: Interval, estimate: float, near: float, *, is_proven: bool) -> Interval:
    if is_proven == (not ends.low <= 0 <= ends.high):
        return ends
    return Interval(near, ends.high) if estimate > 0 else Interval(ends.low, near)
