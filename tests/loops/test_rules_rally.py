from datetime import UTC, datetime, timedelta

import pytest

from loops.results_rally.rules import RallyScore, places_on_card, places_shown, ranking

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def runner(key: str, score: int, minutes: int = 0, kind: str = "diagnostic") -> RallyScore:
    return RallyScore(key, score, NOON + timedelta(minutes=minutes), kind)


def test_each_person_is_ranked_once_by_their_best_score() -> None:
    board = ranking([runner("ada", 60), runner("bo", 70), runner("ada", 80), runner("ada", 20)])
    assert [(one.key, one.score) for one in board] == [("ada", 80), ("bo", 70)]
    assert ranking([]) == ()


def test_ties_go_to_the_earlier() -> None:
    late, early = runner("ada", 80, 5), runner("bo", 80, 4, "practice_test")
    assert ranking([late, early]) == (early, late)
    assert [one.key for one in ranking([runner("dee", 80), runner("cy", 80)])] == ["cy", "dee"]


@pytest.mark.parametrize(
    ("size", "kept", "shown"),
    [
        (3, {2}, [1, 2, 3]),
        (12, {11}, [*range(1, 11), 11]),
        (30, {0, 14, 30}, [*range(1, 11), 14, 30]),
        (1, {1, 5}, [1]),
    ],
)
def test_the_top_ten_and_the_kept_places(size: int, kept: set[int], shown: list[int]) -> None:
    assert places_shown(size, kept) == shown


@pytest.mark.parametrize(
    ("size", "rank", "shown"),
    [
        (1, 1, [1]),
        (9, 5, [1, 2, 3, 4, 5]),
        (9, 6, [1, 2, 5, 6, 7]),
        (9, 9, [1, 2, 3, 8, 9]),
        (300, 300, [1, 2, 3, 299, 300]),
    ],
)
def test_a_card_has_room_for_five(size: int, rank: int, shown: list[int]) -> None:
    assert places_on_card(size, rank, 5) == shown
