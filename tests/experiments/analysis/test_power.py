from experiments.analysis import power


def test_the_worked_example() -> None:
    assert power.units_for_rates(0.05, 0.056) == 21_885


def test_a_fall_takes_about_as_many_as_a_rise() -> None:
    assert power.units_for_rates(0.056, 0.05) == 21_885
    assert power.units_for_rates(0.05, 0.05) is None
    assert power.units_for_rates(0.0, 1.0) == 2


def test_days_are_whole_weeks_of_the_smallest_arm() -> None:
    assert power.days_needed(21_885, daily_units=3_000, smallest_share=0.5) == 21
    assert power.days_needed(700, daily_units=100, smallest_share=1) == 7
    assert power.days_needed(701, daily_units=100, smallest_share=1) == 14
    assert power.days_needed(21_885, daily_units=0, smallest_share=0.5) is None
