"""Compare two means, two ratios, or two means adjusted by pre-period values (CUPED)."""

from math import hypot, sqrt

from scipy.special import betainc, stdtrit

from experiments.analysis.samples import (
    ALPHA,
    MIN_DIVISOR,
    MIN_UNITS,
    Comparison,
    Interval,
    MeanSample,
    PairedSample,
    UnitEstimate,
    combined,
)
from experiments.analysis.samples import lift_interval as log_interval

MAX_RELATIVE_ERROR = 1.0  # relative standard error up to which the logarithm of a ratio is nearly normal


def compare(control: MeanSample, treatment: MeanSample, *, alpha: float = ALPHA) -> Comparison:
    """The difference of two means; the caller caps the values.

    Source  Welch 1947.
    """
    return compare_estimates("welch", control.estimate(), treatment.estimate(), alpha=alpha)


def compare_ratios(control: PairedSample, treatment: PairedSample, *, alpha: float = ALPHA) -> Comparison:
    """The difference of ratios of sums, for metrics whose counted unit is not the randomized unit."""
    return compare_estimates("delta method", control.ratio(), treatment.ratio(), alpha=alpha)


def compare_adjusted(control: PairedSample, treatment: PairedSample, *, alpha: float = ALPHA) -> Comparison:
    """The difference of the first values, adjusted by the second, which are measured before exposure."""
    return compare_estimates("cuped", *adjusted(control, treatment), alpha=alpha)


def adjusted(control: PairedSample, treatment: PairedSample) -> tuple[UnitEstimate | None, UnitEstimate | None]:
    """Both means, adjusted to equal pre-period values.

    Source  Deng, Xu, Kohavi, Walker 2013 (CUPED); one slope for both arms.
    """
    both = control + treatment
    if min(control.units, treatment.units) < MIN_UNITS:
        return None, None
    _, spread, covariance = both.variances()
    slope = covariance / spread if spread else 0.0
    before = both.second / both.units
    return _without(control, slope, before), _without(treatment, slope, before)


def compare_estimates(
    method: str, control: UnitEstimate | None, treatment: UnitEstimate | None, *, alpha: float = ALPHA
) -> Comparison:
    """Welch's test; without variance there is no p-value and no interval."""
    if control is None or treatment is None:
        known = [one.value if one else None for one in (control, treatment)]
        return Comparison("too few units", control=known[0], treatment=known[1])
    difference = treatment.value - control.value
    lift, lift_interval, relative_error = _lift(control, treatment, alpha)
    error = sqrt(control.squared_error + treatment.squared_error)
    reach = _reach(control, treatment, alpha) if error else None
    return Comparison(
        method=method,
        control=control.value,
        treatment=treatment.value,
        difference=difference,
        interval=None if reach is None else Interval(difference - reach, difference + reach),
        lift=lift,
        lift_interval=lift_interval,
        p_value=two_sided_p(difference / error, degrees_of_freedom(control, treatment)) if error else None,
        standard_error=error or None,
        relative_error=relative_error,
        level=1 - alpha,
    )


def degrees_of_freedom(control: UnitEstimate, treatment: UnitEstimate) -> float:
    """The Welch-Satterthwaite degrees of freedom; at least one arm must have variance."""
    here, there = control.squared_error, treatment.squared_error
    share = here / (here + there)
    return 1 / (share**2 / (control.units - 1) + (1 - share) ** 2 / (treatment.units - 1))


def two_sided_p(t: float, degrees: float) -> float:
    return float(betainc(degrees / 2, 0.5, degrees / (degrees + t * t)))


def _reach(control: UnitEstimate, treatment: UnitEstimate, alpha: float) -> float:
    error = sqrt(control.squared_error + treatment.squared_error)
    return error * -float(stdtrit(degrees_of_freedom(control, treatment), alpha / 2))


def _lift(
    control: UnitEstimate, treatment: UnitEstimate, alpha: float
) -> tuple[float | None, Interval | None, float | None]:
    """The lift with its interval on the log scale, for means above zero."""
    if min(control.value, treatment.value) < MIN_DIVISOR:
        return None, None, None
    ratio = treatment.value / control.value
    error = hypot(*(sqrt(one.squared_error) / one.value for one in (control, treatment)))
    if not 0 < error <= MAX_RELATIVE_ERROR:
        return ratio - 1, None, None
    logs = [UnitEstimate(one.units, 0.0, one.variance / one.value / one.value) for one in (control, treatment)]
    reach = _reach(logs[0], logs[1], alpha)
    return ratio - 1, log_interval(ratio, reach), error


def _without(arm: PairedSample, slope: float, before: float) -> UnitEstimate:
    value = arm.first / arm.units - slope * (arm.second / arm.units - before)
    return UnitEstimate(arm.units, value, combined(arm.variances(), slope))
