import numpy as np
import pytest
import tea_tasting as tt
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import ttest_ind
from tea_tasting.aggr import Aggregates

from experiments.analysis import means
from experiments.analysis.samples import Comparison, MeanSample, PairedSample
from tests.experiments.analysis.plain import sent, untimed

Pair = tuple[np.ndarray, np.ndarray]


def mean_of(values: np.ndarray) -> MeanSample:
    return MeanSample(len(values), float(values.sum()), float((values**2).sum()))


def paired(pair: Pair) -> PairedSample:
    first, second = pair
    products = first @ first, second @ second, first @ second
    return PairedSample(len(first), float(first.sum()), float(second.sum()), *map(float, products))


def aggregates(pair: Pair) -> Aggregates:
    first, second = pair
    return Aggregates(
        count_=len(first),
        mean_={"first": float(first.mean()), "second": float(second.mean())},
        var_={"first": float(first.var(ddof=1)), "second": float(second.var(ddof=1))},
        cov_={("first", "second"): float(np.cov(first, second)[0, 1])},
    )


def learners(seed: int, units: int, lift: float) -> Pair:
    """Minutes practiced, and sessions it took; the two go together."""
    dice = np.random.default_rng(seed)
    sessions = dice.poisson(3, units) + 1.0
    return sessions * dice.gamma(2, 4 + lift, units), sessions


def agrees(seen: Comparison, expected: object) -> None:
    ends = ("effect_size_ci_lower", "effect_size_ci_upper", "rel_effect_size_ci_lower", "rel_effect_size_ci_upper")
    assert seen.interval is not None
    assert seen.lift_interval is not None
    ours = (seen.interval.low, seen.interval.high, seen.lift_interval.low, seen.lift_interval.high)
    assert ours == pytest.approx([getattr(expected, end) for end in ends], rel=1e-9, abs=1e-9)
    names = ("control", "treatment", "effect_size", "rel_effect_size", "pvalue")
    said = (seen.control, seen.treatment, seen.difference, seen.lift, seen.p_value)
    assert said == pytest.approx([getattr(expected, name) for name in names], rel=1e-9, abs=1e-9)


def test_statsmodels_agrees_about_means() -> None:
    control, treatment = learners(1, 300, 0)[0], learners(2, 200, 0.5)[0]
    seen = means.compare(mean_of(control), mean_of(treatment))
    t, p_value, degrees = ttest_ind(treatment, control, usevar="unequal")
    assert seen.p_value == pytest.approx(p_value, abs=1e-9)
    assert (seen.difference or 0) / (seen.standard_error or 0) == pytest.approx(t, abs=1e-9)
    here, there = mean_of(control).estimate(), mean_of(treatment).estimate()
    assert here is not None
    assert there is not None
    assert means.degrees_of_freedom(here, there) == pytest.approx(degrees, abs=1e-9)


def test_tea_tasting_agrees_about_ratios() -> None:
    control, treatment = learners(3, 400, 0), learners(4, 500, 0.3)
    expected = tt.RatioOfMeans("first", "second").analyze_aggregates(aggregates(control), aggregates(treatment))
    agrees(means.compare_ratios(paired(control), paired(treatment)), expected)


def test_tea_tasting_agrees_about_what_was_known_before() -> None:
    control, treatment = learners(5, 400, 0), learners(6, 350, 0.3)
    expected = tt.Mean("first", "second").analyze_aggregates(aggregates(control), aggregates(treatment))
    agrees(means.compare_adjusted(paired(control), paired(treatment)), expected)


def test_what_was_known_before_takes_noise_away() -> None:
    control, treatment = paired(learners(7, 2_000, 0)), paired(learners(8, 2_000, 0.2))
    plain = means.compare(
        MeanSample(control.units, control.first, control.first_squares),
        MeanSample(treatment.units, treatment.first, treatment.first_squares),
    )
    freed = means.compare_adjusted(control, treatment)
    assert 0.4 < ((freed.standard_error or 0) / (plain.standard_error or 1)) ** 2 < 0.8


def test_a_binary_metric_may_be_adjusted_too() -> None:
    before = np.array([0.0, 1.0] * 50)
    control, treatment = (before, before), (np.maximum(before, np.arange(100) % 10 == 0), before)
    seen = means.compare_adjusted(paired(control), paired(treatment))
    assert (seen.control, seen.treatment, seen.difference) == pytest.approx((0.5, 0.6, 0.1))


def test_values_all_alike_leave_p_unsaid() -> None:
    alike = MeanSample(10, 10 * 0.1, sum([0.1 * 0.1] * 10))
    seen = means.compare(alike, MeanSample(10, 2.0, 0.4))
    assert (seen.difference, seen.lift) == pytest.approx((0.1, 1.0))
    assert (seen.p_value, seen.interval, seen.lift_interval) == (None, None, None)
    proportional = PairedSample(3, 6, 3, 14, 3.5, 7)
    assert means.compare_ratios(proportional, proportional).p_value is None


def test_a_mean_below_zero_has_no_lift() -> None:
    for control, treatment in ((5, -5), (-5, 5), (0, 5)):
        seen = means.compare(MeanSample(10, control, 50), MeanSample(10, treatment, 50))
        assert (seen.lift, seen.lift_interval, seen.difference) == (None, None, (treatment - control) / 10)


def test_too_few_units_are_compared_with_nobody() -> None:
    seen = means.compare(MeanSample(1, 5, 25), MeanSample(10, 20, 60))
    assert (seen.method, seen.control, seen.treatment, seen.p_value) == ("too few units", None, 2.0, None)
    assert means.compare_ratios(PairedSample(9, 0, 0, 0, 0, 0), PairedSample(9, 9, 9, 9, 9, 9)).difference is None
    assert means.compare(MeanSample(2, 3, 5), MeanSample(2, 5, 17)).difference == 1.0
    two = PairedSample(2, 3, 3, 5, 5, 5)
    assert means.compare_adjusted(two, two).difference == 0.0
    assert means.compare_adjusted(two, PairedSample(1, 1, 1, 1, 1, 1)).method == "too few units"


def test_exact_sums_keep_a_small_spread_around_a_large_mean() -> None:
    values = [10**9, 10**9 + 1, 10**9 + 2]
    estimate = MeanSample(3, sum(values), sum(value * value for value in values)).estimate()
    assert estimate is not None
    assert (estimate.value, estimate.variance) == (1_000_000_001.0, 1.0)


def test_sums_that_are_no_numbers_are_refused() -> None:
    for broken in (float("nan"), float("inf"), 1e51):
        with pytest.raises(ValueError, match="cannot sum"):
            MeanSample(3, broken, 1.0)
        with pytest.raises(ValueError, match="cannot sum"):
            PairedSample(3, 1.0, 1.0, broken, 1.0, 1.0)


numbers = st.integers(-(10**6), 10**6).map(float) | st.floats(-1e20, 1e20)
values = st.lists(st.tuples(numbers, numbers), max_size=8)


@untimed
@given(values, values)
def test_any_values_give_numbers_that_can_be_sent(
    here: list[tuple[float, float]], there: list[tuple[float, float]]
) -> None:
    pairs = [
        paired((np.array([a for a, _ in arm], float), np.array([b for _, b in arm], float))) for arm in (here, there)
    ]
    plain = [MeanSample(one.units, one.first, one.first_squares) for one in pairs]
    assert sent(means.compare(*plain), means.compare_ratios(*pairs), means.compare_adjusted(*pairs))


def test_in_two_arms_alike_p_is_uniform() -> None:
    dice = np.random.default_rng(11)
    trials = dice.gamma(2, 4, size=(1_500, 2, 400))
    p_values = np.array([means.compare(mean_of(one[0]), mean_of(one[1])).p_value for one in trials], dtype=float)
    assert stats.kstest(p_values, "uniform").pvalue > 0.05
