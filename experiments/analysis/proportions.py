"""Compare two conversion rates."""

from collections.abc import Callable, Iterator
from itertools import accumulate, takewhile
from math import erfc, sqrt

from experiments.analysis.samples import ALPHA, BinarySample, Comparison, Interval, critical
from experiments.analysis.samples import lift_interval as log_interval

MIN_EXPECTED = 5  # required in every cell for the normal approximation
_TIE = 1 + 1e-11  # tolerance for tables as likely as the observed one
_NEGLIGIBLE = 1e-280


def compare(control: BinarySample, treatment: BinarySample, *, alpha: float = ALPHA) -> Comparison:
    """The difference of two rates; None if an arm has no units, and no lift if an arm has no conversions.

    Source  p-value by the pooled z test without Yates, or Fisher's exact test if a cell is small; interval by
            Newcombe 1998, method 10; lift by Katz 1978.
    """
    here, there = control.estimate(), treatment.estimate()
    if here is None or there is None:
        return Comparison("too few units", control.rate, treatment.rate)
    is_small = smallest_expected(control, treatment) < MIN_EXPECTED
    lift, lift_interval, relative_error = _lift(control, treatment, alpha)
    return Comparison(
        method="fisher" if is_small else "z",
        control=here.value,
        treatment=there.value,
        difference=there.value - here.value,
        interval=newcombe(control, treatment, alpha=alpha),
        lift=lift,
        lift_interval=lift_interval,
        p_value=fisher_p(control, treatment) if is_small else pooled_p(control, treatment),
        standard_error=sqrt(here.squared_error + there.squared_error),
        relative_error=relative_error,
        level=1 - alpha,
        is_share=True,
    )


def smallest_expected(control: BinarySample, treatment: BinarySample) -> float:
    """The smallest expected count of the four cells if the rates are equal; each arm needs units."""
    units = control.units + treatment.units
    converted = control.conversions + treatment.conversions
    return min(control.units, treatment.units) * min(converted, units - converted) / units


def pooled_p(control: BinarySample, treatment: BinarySample) -> float:
    """The two-sided p-value of the difference; at least one unit converted and one did not."""
    units = control.units + treatment.units
    rate = (control.conversions + treatment.conversions) / units
    gap = treatment.conversions / treatment.units - control.conversions / control.units
    error = sqrt(rate * (1 - rate) * (1 / control.units + 1 / treatment.units))
    return erfc(abs(gap) / error / sqrt(2))


def fisher_p(control: BinarySample, treatment: BinarySample) -> float:
    """The two-sided p-value: the probability of tables at most as likely as this one, given the margins."""
    weights = _tables(control.units, treatment.units, control.conversions + treatment.conversions)
    observed = weights.get(control.conversions, 0.0)
    rare = sum(weight for weight in weights.values() if weight <= observed * _TIE)
    return min(1.0, rare / sum(weights.values()))


def newcombe(control: BinarySample, treatment: BinarySample, *, alpha: float = ALPHA) -> Interval:
    """The interval of the difference, within -1 and 1; it needs no conversions."""
    here, there = wilson(control, alpha=alpha), wilson(treatment, alpha=alpha)
    rate, other = control.conversions / control.units, treatment.conversions / treatment.units
    below = sqrt((other - there.low) ** 2 + (here.high - rate) ** 2)
    above = sqrt((there.high - other) ** 2 + (rate - here.low) ** 2)
    return Interval(max(-1.0, other - rate - below), min(1.0, other - rate + above))


def wilson(arm: BinarySample, *, alpha: float = ALPHA) -> Interval:
    """The interval of one rate."""
    z, units, rate = critical(alpha), arm.units, arm.conversions / arm.units
    center = (rate + z * z / (2 * units)) / (1 + z * z / units)
    reach = z * sqrt(rate * (1 - rate) / units + z * z / (4 * units * units)) / (1 + z * z / units)
    return Interval(max(0.0, center - reach), min(1.0, center + reach))


def _lift(
    control: BinarySample, treatment: BinarySample, alpha: float
) -> tuple[float | None, Interval | None, float | None]:
    if not control.conversions or not treatment.conversions:
        return None, None, None
    ratio = (treatment.conversions / treatment.units) / (control.conversions / control.units)
    squared = (1 / one.conversions - 1 / one.units for one in (control, treatment))
    error = sqrt(sum(squared))
    if not error:
        return ratio - 1, None, None
    return ratio - 1, log_interval(ratio, critical(alpha) * error), error


def _tables(units: int, others: int, converted: int) -> dict[int, float]:
    """The likelihood of each count of the first arm relative to the mode, outwards until it is negligible."""

    def step(count: int) -> float:
        return (converted - count) * (units - count) / ((count + 1) * (others - converted + count + 1))

    mode = (converted + 1) * (units + 1) // (units + others + 2)
    above, below = range(mode, min(units, converted)), range(mode - 1, max(0, converted - others) - 1, -1)
    up, down = _walk(above, step), _walk(below, lambda count: 1 / step(count))
    return (
        {mode: 1.0}
        | {count + 1: weight for count, weight in zip(above, up, strict=False)}
        | dict(zip(below, down, strict=False))
    )


def _walk(counts: range, step: Callable[[int], float]) -> Iterator[float]:
    weights = accumulate(map(step, counts), lambda product, factor: product * factor)
    return takewhile(lambda weight: weight > _NEGLIGIBLE, weights)
