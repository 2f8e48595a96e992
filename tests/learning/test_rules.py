from datetime import date

import pytest

from viral_engine.learning.rules import scoring
from viral_engine.learning.rules.progress import missed_days, next_streak, xp_for


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
    assert xp_for(score=80, answered=5, is_new_streak_day=False) == 10
    assert xp_for(score=100, answered=5, is_new_streak_day=True) == 35
    assert xp_for(score=80, answered=20, is_new_streak_day=False) == 40
    assert xp_for(score=0, answered=0, is_new_streak_day=False) == 0
