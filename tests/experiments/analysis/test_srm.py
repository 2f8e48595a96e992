import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from experiments.analysis.srm import check_sample_ratio
from tests.experiments.analysis.plain import sent, untimed


def test_scipy_agrees() -> None:
    seen = check_sample_ratio([5_210, 4_790], [5_000, 5_000])
    assert seen.p_value == pytest.approx(stats.chisquare([5_210, 4_790]).pvalue, abs=1e-12)
    assert (seen.is_alarm, seen.expected) == (True, (5_000.0, 5_000.0))
    three = check_sample_ratio([330, 350, 320], [3_300, 3_300, 3_400])
    assert three.p_value == pytest.approx(stats.chisquare([330, 350, 320], [330, 330, 340]).pvalue, abs=1e-12)
    assert not three.is_alarm


def test_an_arm_without_weight_is_not_part_of_the_test() -> None:
    seen = check_sample_ratio([510, 490, 0], [5_000, 5_000, 0])
    assert seen.p_value == pytest.approx(stats.chisquare([510, 490]).pvalue, abs=1e-12)
    assert not seen.is_alarm
    strangers = check_sample_ratio([510, 490, 1], [5_000, 5_000, 0])
    assert (strangers.p_value, strangers.strangers, strangers.is_alarm) == (seen.p_value, 1, True)


def test_a_few_units_say_nothing() -> None:
    assert check_sample_ratio([0, 0], [5_000, 5_000]).p_value is None
    assert check_sample_ratio([9, 0], [5_000, 5_000]).p_value is None
    assert check_sample_ratio([10, 0], [5_000, 5_000]).p_value == pytest.approx(0.0015654, abs=1e-7)
    assert check_sample_ratio([10], [10_000]) == check_sample_ratio([10], [1])


def test_a_right_split_alarms_once_in_a_thousand() -> None:
    drawn = np.random.default_rng(21).multinomial(10_000, [0.33, 0.33, 0.34], size=20_000)
    alarms = sum(check_sample_ratio(units, [3_300, 3_300, 3_400]).is_alarm for units in drawn.tolist())
    assert 8 <= alarms <= 34


@untimed
@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10_000)), max_size=5))
def test_any_counts_give_numbers_that_can_be_sent(arms: list[tuple[int, int]]) -> None:
    assert sent(check_sample_ratio([units for units, _ in arms], [weight for _, weight in arms]))
