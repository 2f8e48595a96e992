import numpy as np
import pytest
from hypothesis import given
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, proportions_ztest

from experiments.analysis import proportions
from experiments.analysis.samples import BinarySample
from tests.experiments.analysis.plain import CONTROL, TREATMENT, arms, sent, untimed


def test_the_worked_example() -> None:
    seen = proportions.compare(CONTROL, TREATMENT)
    assert (seen.method, seen.control, seen.treatment) == ("z", 0.05, 0.056)
    assert seen.p_value == pytest.approx(0.0582578060, abs=5e-11)
    assert seen.interval is not None
    assert (seen.interval.low, seen.interval.high) == pytest.approx((-0.0002126667, 0.0122223557), abs=5e-11)
    assert seen.lift == pytest.approx(0.12, abs=1e-12)
    assert seen.lift_interval is not None
    assert (round(seen.lift_interval.low, 4), round(seen.lift_interval.high, 4)) == (-0.0040, 0.2595)


@pytest.mark.parametrize(
    ("control", "treatment"),
    [
        (BinarySample(10_000, 500), BinarySample(10_000, 560)),
        (BinarySample(300, 30), BinarySample(900, 45)),
        (BinarySample(80, 70), BinarySample(40, 31)),
    ],
)
def test_statsmodels_agrees(control: BinarySample, treatment: BinarySample) -> None:
    seen = proportions.compare(control, treatment)
    counts, units = (treatment.conversions, control.conversions), (treatment.units, control.units)
    assert seen.p_value == pytest.approx(proportions_ztest(counts, units)[1], abs=1e-12)
    both = counts[0], units[0], counts[1], units[1]
    low, high = confint_proportions_2indep(*both, method="newcomb", compare="diff")
    assert seen.interval is not None
    assert (seen.interval.low, seen.interval.high) == pytest.approx((low, high), abs=1e-9)
    low, high = confint_proportions_2indep(*both, method="log", compare="ratio")
    assert seen.lift_interval is not None
    assert (seen.lift_interval.low, seen.lift_interval.high) == pytest.approx((low - 1, high - 1), abs=1e-9)


@untimed
@given(arms(400), arms(400))
def test_scipy_agrees_about_fishers_exact_test(control: BinarySample, treatment: BinarySample) -> None:
    if control.units and treatment.units:
        table = np.array([[arm.conversions, arm.units - arm.conversions] for arm in (control, treatment)])
        assert proportions.fisher_p(control, treatment) == pytest.approx(stats.fisher_exact(table)[1], abs=1e-9)


def test_fisher_is_asked_where_a_cell_is_small() -> None:
    assert proportions.compare(BinarySample(1_000, 4), BinarySample(1_000, 5)).method == "fisher"
    assert proportions.compare(BinarySample(1_000, 4), BinarySample(1_000, 6)).method == "z"
    assert proportions.compare(BinarySample(1_000, 996), BinarySample(1_000, 995)).method == "fisher"
    large = proportions.compare(BinarySample(10, 9), BinarySample(10_000_000, 1_000_000))
    assert large.p_value == pytest.approx(9.100360444570671e-09, rel=1e-9)


def test_no_conversions_leave_only_the_lift_unsaid() -> None:
    seen = proportions.compare(BinarySample(100, 0), BinarySample(100, 10))
    assert (seen.lift, seen.lift_interval, seen.relative_error) == (None, None, None)
    assert seen.interval is not None
    assert (seen.interval.low, seen.interval.high) == pytest.approx((0.0419229040, 0.1743656615), abs=1e-9)
    assert seen.p_value == pytest.approx(0.0011768659, abs=1e-9)
    nobody = proportions.compare(BinarySample(100, 0), BinarySample(100, 0))
    assert (nobody.p_value, nobody.difference) == (1.0, 0.0)
    assert nobody.interval is not None
    assert (nobody.interval.low, nobody.interval.high) == pytest.approx((-0.0369934982, 0.0369934982), abs=1e-9)


def test_an_empty_arm_is_compared_with_nobody() -> None:
    seen = proportions.compare(BinarySample(0, 0), BinarySample(10, 5))
    assert (seen.control, seen.treatment, seen.p_value, seen.interval) == (None, 0.5, None, None)


def test_one_rate_has_an_interval_within_its_ends() -> None:
    assert max(proportions.wilson(BinarySample(units, units)).high for units in range(1, 200)) == 1.0
    assert min(proportions.wilson(BinarySample(units, 0)).low for units in range(1, 200)) == 0.0
    seen, (low, high) = proportions.wilson(BinarySample(40, 9)), proportion_confint(9, 40, method="wilson")
    assert (seen.low, seen.high) == pytest.approx((low, high), abs=1e-12)


@pytest.mark.parametrize(("units", "conversions"), [(10, 11), (10, -1), (-1, -1)])
def test_impossible_counts_are_refused(units: int, conversions: int) -> None:
    with pytest.raises(ValueError, match="cannot have converted"):
        BinarySample(units, conversions)


@untimed
@given(arms(10**9), arms(10**9))
def test_any_counts_give_numbers_that_can_be_sent(control: BinarySample, treatment: BinarySample) -> None:
    seen = proportions.compare(control, treatment)
    assert sent(seen)
    if seen.p_value is not None and seen.interval is not None and seen.difference is not None:
        assert 0 <= seen.p_value <= 1
        assert -1 <= seen.interval.low <= seen.difference <= seen.interval.high <= 1


def test_in_two_arms_alike_p_is_uniform() -> None:
    dice = np.random.default_rng(5)
    drawn = dice.binomial(20_000, 0.2, size=(2_000, 2))
    p_values = [proportions.pooled_p(BinarySample(20_000, int(a)), BinarySample(20_000, int(b))) for a, b in drawn]
    assert stats.kstest(p_values, "uniform").pvalue > 0.05
    assert 0.04 < np.mean(np.array(p_values) < 0.05) < 0.06


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    dice = np.random.default_rng(9)
    control, treatment = dice.binomial(800, 0.1, size=4_000), dice.binomial(400, 0.13, size=4_000)
    held = lifted = 0
    for a, b in zip(control.tolist(), treatment.tolist(), strict=True):
        seen = proportions.compare(BinarySample(800, a), BinarySample(400, b))
        assert seen.interval is not None
        assert seen.lift_interval is not None
        held += seen.interval.low <= 0.03 <= seen.interval.high
        lifted += seen.lift_interval.low <= 0.3 <= seen.lift_interval.high
    assert 0.94 < held / 4_000 < 0.965
    assert 0.94 < lifted / 4_000 < 0.965
