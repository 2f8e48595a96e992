import pytest
from statsmodels.stats.power import TTestIndPower

from experiments.analysis import power


def test_the_worked_example() -> None:
    assert power.units_for_rates(0.05, 0.056) == 21_885


def test_a_fall_takes_about_as_many_as_a_rise() -> None:
    assert power.units_for_rates(0.056, 0.05) == 21_885
    assert power.units_for_rates(0.05, 0.05) is None
    assert power.units_for_rates(0.0, 1.0) == 2


@pytest.mark.parametrize(("deviation", "difference"), [(1, 0.5), (1, 0.1), (10, 12), (3, 0.05)])
def test_statsmodels_agrees_about_means(deviation: float, difference: float) -> None:
    expected = TTestIndPower().solve_power(effect_size=difference / deviation, alpha=0.05, power=0.8)
    assert power.units_for_means(deviation, difference) == pytest.approx(expected, abs=1)


def test_what_is_detectable_is_what_the_size_was_made_for() -> None:
    assert power.detectable_rate(0.05, 21_885) == pytest.approx(0.056, abs=1e-6)
    assert power.detectable_rate(0.05, 1) is None
    assert power.detectable_rate(1.0, 10**6) is None
    units = power.units_for_means(10, 0.5)
    assert units == 6_281
    assert power.detectable_difference(10, units) == pytest.approx(0.5, abs=1e-4)
    assert power.detectable_difference(10, 1) is None
    assert power.units_for_means(10, 0) is None
    assert power.units_for_means(1, 100) == 2


def test_days_are_whole_weeks_of_the_smallest_arm() -> None:
    assert power.days_needed(21_885, daily_units=3_000, smallest_share=0.5) == 21
    assert power.days_needed(700, daily_units=100, smallest_share=1) == 7
    assert power.days_needed(701, daily_units=100, smallest_share=1) == 14
    assert power.days_needed(21_885, daily_units=0, smallest_share=0.5) is None
