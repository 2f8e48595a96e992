"""Confidence sequences: intervals that are valid at every look, so that daily looks add no false alarms.

Source  Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas: Time-uniform central limit theory and asymptotic confidence
        sequences, 2.2 (two-sided) and B.1 (one-sided). They need sums that are nearly normal, so a verdict waits
        for 50 units and 5 conversions in each arm.
"""

from dataclasses import replace
from math import exp, expm1, log, log1p, sqrt

from experiments.analysis.samples import ALPHA, Comparison, Interval, lift_interval

DEFAULT_TUNED_UNITS = 5_000  # units, if no size is planned


def tuned_units(units_per_arm: int | None) -> int:
    """The units of both arms at which the sequence is narrowest; it is valid only if fixed before the start."""
    return 2 * units_per_arm if units_per_arm else DEFAULT_TUNED_UNITS


def confidence_sequence(
    comparison: Comparison, *, units: int, tuned: int, alpha: float = ALPHA, planned_alpha: float = ALPHA
) -> Comparison:
    """The same comparison, valid at every look, with intervals at the level 1 - alpha.

    Units  units are of both arms together so far; clusters for a clustered comparison. `planned_alpha` tunes the
           sequence and stays as it was at the start, so that the p-value does not depend on the level.
    """
    error, difference = comparison.standard_error, comparison.difference
    seen = replace(comparison, level=1 - alpha, test=comparison.test or comparison.method)
    if error is None or difference is None or not units:
        return replace(seen, interval=None, lift_interval=None, p_value=None)
    reach = half_width_in_errors(units=units, tuned=tuned, alpha=planned_alpha, at=alpha)
    ends = Interval(difference - reach * error, difference + reach * error)
    return replace(
        seen,
        method="sequence",
        interval=Interval(max(-1.0, ends.low), min(1.0, ends.high)) if comparison.is_share else ends,
        lift_interval=_lift(comparison, reach),
        p_value=always_valid_p(difference / error, units=units, tuned=tuned, alpha=planned_alpha),
    )


def half_width_in_errors(*, units: int, tuned: int, alpha: float = ALPHA, at: float | None = None) -> float:
    """The half-width of the interval in standard errors, tuned for `alpha` and read at another alpha if given."""
    spent = units * _mixing(tuned, alpha)
    return sqrt((spent + 1) / spent * (log1p(spent) - 2 * log(alpha if at is None else at)))


def always_valid_p(z: float, *, units: int, tuned: int, alpha: float = ALPHA) -> float:
    """The alpha at which the interval, tuned for `alpha`, touches zero."""
    spent = units * _mixing(tuned, alpha)
    return exp(min(0.0, log1p(spent) / 2 - z * z * spent / (2 * (spent + 1))))


def one_sided_p(z: float, *, units: int, tuned: int, alpha: float = ALPHA) -> float:
    """The always-valid p-value of the one-sided test for a difference above zero."""
    spent = units * _mixing(tuned, 2 * alpha)
    evidence = max(0.0, z) * max(0.0, z) * spent / (2 * (spent + 1))  # a product may be infinite, a power raises
    return min(1.0, sqrt(spent + 1) * exp(-evidence) / -expm1(-evidence) / 2) if evidence else 1.0


def _mixing(tuned: int, alpha: float) -> float:
    """The squared scale of the mixture whose interval is narrowest at `tuned` units."""
    return (-2 * log(alpha) + log(1 - 2 * log(alpha))) / tuned


def _lift(comparison: Comparison, reach: float) -> Interval | None:
    if comparison.lift is None or comparison.relative_error is None:
        return None
    return lift_interval(1 + comparison.lift, reach * comparison.relative_error)
