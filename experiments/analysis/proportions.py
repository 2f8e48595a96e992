"""Two shares compared: who converted, of how many."""

from collections.abc import Callable, Iterator
from itertools import accumulate, takewhile
from math import erfc, exp, log, sqrt

from experiments.analysis.samples import ALPHA, Binary, Comparison, Interval, critical

LEAST_EXPECTED = 5  # in every cell, before the normal distribution is trusted
_TIE = 1 + 1e-11  # tables as likely as the observed one, up to rounding
_NEGLIGIBLE = 1e-280


def compare(control: Binary, treatment: Binary, *, alpha: float = ALPHA) -> Comparison:
    """The difference of two rates; an arm without units leaves it unsaid, one without conversions only the lift.

    Source  p by the pooled z test without Yates, by Fisher's exact test where a cell is small; interval by
            Newcombe 1998, method 10; lift by Katz 1978.
    """
    here, there = control.estimate(), treatment.estimate()
    if here is None or there is None:
        return Comparison("too few units", control.rate, treatment.rate)
    is_small = smallest_expected(control, treatment) < LEAST_EXPECTED
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
    )


def smallest_expected(control: Binary, treatment: Binary) -> float:
    """The smallest of the four cells, were both arms alike; each arm has units."""
    units = control.units + treatment.units
    converted = control.conversions + treatment.conversions
    return min(control.units, treatment.units) * min(converted, units - converted) / units


def pooled_p(control: Binary, treatment: Binary) -> float:
    """Two-sided p of the absolute difference; somebody converted and somebody did not."""
    units = control.units + treatment.units
    rate = (control.conversions + treatment.conversions) / units
    gap = treatment.conversions / treatment.units - control.conversions / control.units
    error = sqrt(rate * (1 - rate) * (1 / control.units + 1 / treatment.units))
    return erfc(abs(gap) / error / sqrt(2))


def fisher_p(control: Binary, treatment: Binary) -> float:
    """Two-sided p: how likely are tables no likelier than this one, given its margins."""
    weights = _tables(control.units, treatment.units, control.conversions + treatment.conversions)
    observed = weights.get(control.conversions, 0.0)
    rare = sum(weight for weight in weights.values() if weight <= observed * _TIE)
    return min(1.0, rare / sum(weights.values()))


def newcombe(control: Binary, treatment: Binary, *, alpha: float = ALPHA) -> Interval:
    """The interval of the difference; it stays within -1 and 1 and needs no conversions."""
    here, there = wilson(control, alpha=alpha), wilson(treatment, alpha=alpha)
    rate, other = control.conversions / control.units, treatment.conversions / treatment.units
    below = sqrt((other - there.low) ** 2 + (here.high - rate) ** 2)
    above = sqrt((there.high - other) ** 2 + (rate - here.low) ** 2)
    return Interval(max(-1.0, other - rate - below), min(1.0, other - rate + above))


def wilson(arm: Binary, *, alpha: float = ALPHA) -> Interval:
    """The interval of one rate."""
    z, units, rate = critical(alpha), arm.units, arm.conversions / arm.units
    center = (rate + z * z / (2 * units)) / (1 + z * z / units)
    reach = z * sqrt(rate * (1 - rate) / units + z * z / (4 * units * units)) / (1 + z * z / units)
    return Interval(max(0.0, center - reach), min(1.0, center + reach))


def _lift(control: Binary, treatment: Binary, alpha: float) -> tuple[float | None, Interval | None, float | None]:
    if not control.conversions or not treatment.conversions:
        return None, None, None
    ratio = (treatment.conversions / treatment.units) / (control.conversions / control.units)
    squared = (1 / one.conversions - 1 / one.units for one in (control, treatment))
    error = sqrt(sum(squared))
    if not error:
        return ratio - 1, None, None
    reach = critical(alpha) * error
    return ratio - 1, Interval(exp(log(ratio) - reach) - 1, exp(log(ratio) + reach) - 1), error


def _tables(units: int, others: int, converted: int) -> dict[int, float]:
    """How likely each count of the first arm is, relative to the likeliest; from there outwards, while it matters."""

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
