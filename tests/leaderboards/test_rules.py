from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboards import rules
from leaderboards.rules import ScoredResult, ScoreTotals

facts = st.builds(
    ScoredResult,
    attempt_id=st.uuids().map(str),
    score=st.integers(0, 100),
    xp=st.sampled_from([10, 15, 30, 35]),
    correct=st.integers(0, 5),
    total=st.just(5),
    finished_us=st.integers(0, 2**50),
)


def played(*scores: int) -> ScoreTotals:
    results = [ScoredResult(f"a{n}", score, 10, score // 20, 5, 1000 * n) for n, score in enumerate(scores)]
    return rules.recount(results)


@given(st.lists(facts, max_size=12, unique_by=lambda fact: fact.attempt_id), st.randoms())
def test_a_tally_is_the_same_in_any_order(results: list[ScoredResult], dice: Random) -> None:
    shuffled = list(results)
    dice.shuffle(shuffled)
    assert rules.recount(shuffled) == rules.recount(results)


@given(st.lists(st.tuples(*[st.integers(0, 2**15)] * 5), min_size=2, max_size=2, unique=True))
def test_keys_sort_as_the_board_does(pair: list[tuple[int, ...]]) -> None:
    def key(one: tuple[int, ...]) -> bytes:
        value, accuracy, streak, when, user = one
        return rules.rank_key(value=value, accuracy=accuracy, streak_days=streak, reached_us=when, user_id=user)

    def order(one: tuple[int, ...]) -> tuple[int, ...]:
        return (*one[:3], -one[3], -one[4])

    assert (key(pair[0]) > key(pair[1])) == (order(pair[0]) > order(pair[1]))


@pytest.mark.parametrize(("day", "week"), [(date(2026, 3, 4), "2026-W10"), (date(2027, 1, 3), "2026-W53")])
def test_weeks_are_those_of_iso_8601(day: date, week: str) -> None:
    assert rules.week_of(day) == week
    assert rules.week_of(rules.first_day(week)) == week


def test_grades_fall_into_three_bands() -> None:
    bands = [rules.band_of(grade) for grade in (None, 1, 5, 6, 8, 9, 12)]
    assert bands == ["", "1-5", "1-5", "6-8", "6-8", "9-12", "9-12"]


def test_averages_and_improvement_wait_for_enough_results() -> None:
    assert played(100, 0).average is None
    assert played(100, 0, 50).average == 5000
    assert played(20, 40, 60).improvement is None
    assert played(20, 40, 60, 80).improvement == 4000
    assert played(20, 20, 20, 60, 60, 100).improvement == 5333
    assert played(80, 80, 60, 60).improvement is None


def test_who_is_shown() -> None:
    allowed = {"is_learner": True, "is_open": True, "wants_it": True, "needs_consent": True, "has_consent": True}
    assert rules.is_shown(**allowed)
    assert rules.is_shown(**allowed | {"needs_consent": False, "has_consent": False})
    for lacking in ("is_learner", "is_open", "wants_it", "has_consent"):
        assert not rules.is_shown(**allowed | {lacking: False})


def test_what_it_takes_to_pass_the_next_person() -> None:
    assert rules.to_pass("xp", played(0), played(0)) == "You need 1 XP more: practice once more."
    assert (
        rules.to_pass("xp", played(0), played(0, 0, 0))
        == "You need 21 XP more: practice 3 times, or fewer with perfect scores."
    )
    assert rules.to_pass("average", played(80, 80, 80), played(85, 85, 85)) == "2 perfect scores are enough."
    assert rules.to_pass("average", played(80, 80, 80), played(80, 80, 80)) == "One perfect score is enough."
    assert "perfect average" in rules.to_pass("average", played(80, 80, 80), played(100, 100, 100))
    assert rules.to_pass("improvement", played(20, 20, 40, 40), played(0, 0, 40, 40)) == (
        "Raise your newest results by 20.1 points on average."
    )


@given(st.lists(st.integers(0, 100), min_size=3, max_size=9), st.lists(st.integers(0, 100), min_size=3, max_size=9))
def test_the_rounds_promised_do_pass(mine: list[int], theirs: list[int]) -> None:
    me, rival = played(*mine), played(*theirs)
    words = rules.to_pass("average", me, rival)
    if "perfect average" in words or (me.average or 0) > (rival.average or 0):
        return
    results = 1 if words.startswith("One") else int(words.split()[0])
    assert (played(*mine, *[100] * results).average or 0) >= (rival.average or 0)


def test_a_league_moves_a_third_and_at_most_five() -> None:
    def moves(count: int, tier: int, xp: int = 10) -> list[int]:
        return [place.move for place in rules.league_table(range(count), tier=tier, xp=[xp] * count)]

    assert moves(2, 3) == [0, 0]
    assert moves(3, 3) == [1, 0, -1]
    assert moves(30, 3) == [1] * 5 + [0] * 20 + [-1] * 5
    assert moves(6, 1) == [1, 1, 0, 0, 0, 0]
    assert moves(6, 5) == [0, 0, 0, 0, -1, -1]
    assert moves(3, 1, xp=0) == [0, 0, 0]
