from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loops.rules.credit import MODELS, credit

DAY = timedelta(days=1)
PATHS = st.lists(st.integers(0, 90 * 86_400).map(lambda s: timedelta(seconds=s)), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("model", "ages", "points"),
    [
        ("first", [3 * DAY, 2 * DAY, DAY], [10_000, 0, 0]),
        ("last", [3 * DAY, 2 * DAY, DAY], [0, 0, 10_000]),
        ("linear", [3 * DAY, 2 * DAY, DAY], [3_334, 3_333, 3_333]),
        ("position", [DAY], [10_000]),
        ("position", [2 * DAY, DAY], [5_000, 5_000]),
        ("position", [3 * DAY, 2 * DAY, DAY], [4_000, 2_000, 4_000]),
        ("position", [5 * DAY, 4 * DAY, 3 * DAY, 2 * DAY, DAY], [4_000, 667, 667, 666, 4_000]),
        ("decay", [7 * DAY, 0 * DAY], [3_333, 6_667]),
        ("decay", [14 * DAY, 7 * DAY, 0 * DAY], [1_429, 2_857, 5_714]),
        ("decay", [21 * DAY, 14 * DAY], [3_333, 6_667]),
    ],
)
def test_five_models_distribute_one_sign_up(model: str, ages: list[timedelta], points: list[int]) -> None:
    assert credit(model, ages) == points


@pytest.mark.parametrize("model", MODELS)
@given(ages=PATHS)
def test_every_models_credit_sums_to_one_sign_up(model: str, ages: list[timedelta]) -> None:
    points = credit(model, sorted(ages, reverse=True))
    assert sum(points) == 10_000
    assert len(points) == len(ages)
    assert min(points) >= 0


@given(ages=PATHS)
def test_decay_never_gives_an_older_touch_more(ages: list[timedelta]) -> None:
    """Allows the one basis point that rounding may move."""
    points = credit("decay", sorted(ages, reverse=True))
    assert all(older <= newer + 1 for older, newer in pairwise(points))


def test_credit_needs_a_touch_and_a_known_model() -> None:
    with pytest.raises(ValueError, match="without a touch"):
        credit("linear", [])
    with pytest.raises(KeyError):
        credit("psychic", [DAY])
