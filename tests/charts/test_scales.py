import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viral_engine.charts.rules.scales import Scale, drawable, round_ticks, ticks_within, value_span

numbers = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 10, (0, 2, 4, 6, 8, 10)),
        (0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1.0)),
        (-0.0041, 0.2595, (-0.1, 0, 0.1, 0.2, 0.3)),
        (3, 97, (0, 20, 40, 60, 80, 100)),
        (0, 1e-9, (0, 2e-10, 4e-10, 6e-10, 8e-10, 1e-9)),
    ],
)
def test_ticks_are_round_and_enclose(low: float, high: float, ticks: tuple[float, ...]) -> None:
    assert round_ticks(low, high) == ticks


def test_counts_get_whole_ticks() -> None:
    assert round_ticks(0, 2, whole=True) == (0, 1, 2)
    assert round_ticks(0, 12, whole=True) == (0, 5, 10, 15)


def test_inner_ticks_stay_inside() -> None:
    assert ticks_within(3, 97) == (20, 40, 60, 80)


def test_a_flat_span_gets_room() -> None:
    assert value_span([4, 4]) == (2, 6)
    assert value_span([0, 0], from_zero=True) == (0, 1)
    assert value_span([]) == (0, 1)


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf, 2e300])
def test_what_cannot_be_drawn_is_not_known(value: float | None) -> None:
    assert drawable(value) is None


def test_outside_is_drawn_at_the_edge() -> None:
    scale = Scale(0, 10, 100, 200)
    assert [scale.at(value) for value in (-5, 0, 2.5, 10, 99)] == [100, 100, 125, 200, 200]


@given(st.lists(numbers, min_size=1, max_size=8), st.booleans(), st.booleans())
def test_any_span_gets_a_few_finite_rising_ticks(values: list[float], from_zero: bool, whole: bool) -> None:
    low, high = value_span(values, from_zero=from_zero)
    ticks = round_ticks(low, high, whole=whole)
    assert 2 <= len(ticks) <= 9
    assert all(math.isfinite(tick) for tick in ticks)
    assert list(ticks) == sorted(set(ticks))
    assert ticks[0] <= low + (ticks[1] - ticks[0]) * 1e-6
    assert ticks[-1] >= high - (ticks[1] - ticks[0]) * 1e-6
