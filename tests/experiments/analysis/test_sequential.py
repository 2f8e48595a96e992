from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.analysis import means, proportions, sequential
from experiments.analysis.samples import BinarySample, Comparison, MeanSample
from tests.experiments.analysis.plain import CONTROL, TREATMENT, arms, sent, untimed

DAYS, DAILY, RUNS = 14, 500, 3_000
PLANNED = sequential.tuned_units(DAYS * DAILY)


def looks(seed: int, *, rate: float = 0.1) -> np.ndarray:
    """z of two arms alike, after each of 14 days: runs x days."""
    dice = np.random.default_rng(seed)
    counts = dice.binomial(DAILY, rate, size=(RUNS, 2, DAYS)).cumsum(axis=2)
    units = DAILY * np.arange(1, DAYS + 1)
    seen = (counts + 1) / (units + 2)
    errors = np.sqrt((seen * (1 - seen)).sum(axis=1) / units)
    z: np.ndarray = (counts[:, 1] - counts[:, 0]) / units / errors
    return z


def test_fourteen_looks_fool_a_fixed_test_and_not_the_sequence() -> None:
    z = looks(4)
    fooled = (np.abs(z) > 1.959964).any(axis=1).mean()
    assert 0.19 < fooled < 0.25
    reach = [sequential.half_width_in_errors(units=2 * DAILY * day, tuned=PLANNED) for day in range(1, DAYS + 1)]
    assert 0 < (np.abs(z) > np.array(reach)).any(axis=1).mean() <= 0.05


def test_the_one_sided_sequence_is_not_fooled_either() -> None:
    z = looks(6)
    stopped = 0
    for run in z.tolist():
        p_values = [sequential.one_sided_p(one, units=2 * DAILY * day, tuned=PLANNED) for day, one in enumerate(run, 1)]
        stopped += min(p_values) <= 0.05
    assert 0 < stopped / RUNS <= 0.05


def test_looking_after_every_unit_stays_within_alpha() -> None:
    dice = np.random.default_rng(8)
    units = np.arange(100, 4_001)
    sums = dice.normal(size=(1_000, 4_000)).cumsum(axis=1)[:, 99:]
    reach = np.array([sequential.half_width_in_errors(units=int(n), tuned=1_000) for n in units])
    assert 0.01 < (np.abs(sums) / np.sqrt(units) > reach).any(axis=1).mean() <= 0.05


def test_the_interval_touches_zero_where_p_is_alpha() -> None:
    for units in (100, 20_000, 10**7):
        reach = sequential.half_width_in_errors(units=units, tuned=20_000)
        assert sequential.always_valid_p(reach, units=units, tuned=20_000) == pytest.approx(0.05, abs=1e-12)
        assert sequential.always_valid_p(-reach, units=units, tuned=20_000) == pytest.approx(0.05, abs=1e-12)
    assert sequential.always_valid_p(0, units=100, tuned=100) == 1.0


def test_one_side_needs_less_than_two_and_nothing_below_zero() -> None:
    facts = {"units": 20_000, "tuned": 20_000}
    assert sequential.one_sided_p(-3, **facts) == 1.0
    assert sequential.one_sided_p(3, **facts) < sequential.always_valid_p(3, **facts)
    assert sequential.one_sided_p(3, **facts) == pytest.approx(0.028368, abs=5e-7)


def test_the_sequence_is_narrowest_where_it_was_tuned() -> None:
    def width(tuned: int) -> float:
        return sequential.half_width_in_errors(units=10_000, tuned=tuned) / sqrt(10_000)

    assert width(10_000) < min(width(2_000), width(50_000))
    assert sequential.half_width_in_errors(units=10_000, tuned=10_000) == pytest.approx(3.0352, abs=5e-5)


def test_a_comparison_is_watched() -> None:
    fixed = proportions.compare(CONTROL, TREATMENT)
    seen = sequential.confidence_sequence(fixed, units=20_000, tuned=sequential.tuned_units(10_000))
    assert (seen.method, seen.difference, seen.lift) == ("sequence", fixed.difference, fixed.lift)
    assert seen.interval is not None
    assert seen.lift_interval is not None
    assert fixed.interval is not None
    assert seen.interval.low < fixed.interval.low < fixed.interval.high < seen.interval.high
    assert seen.lift_interval.low < -0.004 < 0.26 < seen.lift_interval.high
    assert (seen.p_value or 0) > 0.5


def test_nothing_to_watch_is_left_unsaid() -> None:
    alike = MeanSample(10, 20, 40)
    seen = sequential.confidence_sequence(means.compare(alike, alike), units=20, tuned=100)
    assert (seen.p_value, seen.interval, seen.difference) == (None, None, 0.0)
    assert sequential.confidence_sequence(Comparison("too few units", None, 0.5), units=0, tuned=100).p_value is None


def test_an_unplanned_test_is_tuned_all_the_same() -> None:
    assert (sequential.tuned_units(None), sequential.tuned_units(21_885)) == (5_000, 43_770)


@untimed
@given(arms(10**9), arms(10**9), st.integers(1, 10**9))
def test_any_counts_give_numbers_that_can_be_sent(control: BinarySample, treatment: BinarySample, tuned: int) -> None:
    fixed = proportions.compare(control, treatment)
    assert sent(sequential.confidence_sequence(fixed, units=control.units + treatment.units, tuned=tuned))
