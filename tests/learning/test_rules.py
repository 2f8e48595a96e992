from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viral_engine.learning.rules import scoring
from viral_engine.learning.rules.progress import missed_days, next_streak, xp_for
from viral_engine.learning.rules.scoring import percentile


@pytest.mark.parametrize(
    ("correct", "total", "score"), [(0, 5, 0), (4, 5, 80), (1, 8, 13), (1, 3, 33), (2, 3, 67), (5, 5, 100)]
)
def test_score_rounds_half_up(correct: int, total: int, score: int) -> None:
    assert scoring.score(correct=correct, total=total) == score


@pytest.mark.parametrize(("correct", "total"), [(1, 0), (6, 5), (-1, 5)])
def test_score_refuses_the_impossible(correct: int, total: int) -> None:
    with pytest.raises(ValueError, match="right of"):
        scoring.score(correct=correct, total=total)


@pytest.mark.parametrize(
    ("mine", "others", "rank"), [(80, [], None), (80, [60, 70], 100), (80, [80, 60], 75), (80, [80], 50), (10, [90], 0)]
)
def test_percentile_counts_equals_half(mine: int, others: list[int], rank: int | None) -> None:
    assert percentile(mine, others) == rank


@pytest.mark.parametrize(
    ("last", "streak", "expected", "missed"),
    [
        (None, 0, 1, 0),
        (date(2026, 3, 4), 3, 3, 0),
        (date(2026, 3, 3), 3, 4, 0),
        (date(2026, 3, 2), 3, 1, 1),
        (date(2026, 3, 9), 3, 3, 0),
    ],
)
def test_streak_grows_stands_or_starts_over(last: date | None, streak: int, expected: int, missed: int) -> None:
    today = date(2026, 3, 4)
    assert next_streak(streak_days=streak, last_active_on=last, today=today) == expected
    assert missed_days(last_active_on=last, today=today) == missed


def test_xp_adds_up() -> None:
    assert xp_for(score=80, is_new_streak_day=False) == 10
    assert xp_for(score=100, is_new_streak_day=True) == 35


@given(st.integers(0, 100), st.lists(st.integers(0, 100), min_size=1))
def test_percentile_stays_in_range_and_grows_with_the_score(mine: int, others: list[int]) -> None:
    lower, higher = percentile(mine, others), percentile(mine + 1, others)
    assert lower is not None
    assert higher is not None
    assert 0 <= lower <= higher <= 100
