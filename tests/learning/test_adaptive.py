"""Which question comes next, how a test is put together, and what a diagnostic says at the end."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viral_engine.learning.rules.adaptive import (
    AnsweredQuestion,
    CandidateQuestion,
    balanced_selection,
    diagnostic_score,
    level_estimate,
    level_name,
    next_question,
)
from viral_engine.learning.rules.advice import PartScore, skill_to_repair
from viral_engine.learning.rules.progress import is_worth_a_day

RUNS = st.lists(st.booleans(), min_size=1, max_size=20)


def bank(skills: int = 4, of_each: int = 8) -> list[CandidateQuestion]:
    """`of_each` questions of every skill and level."""
    places = [(skill, level) for skill in range(skills) for level in range(3) for _ in range(of_each)]
    return [CandidateQuestion(number, skill, level) for number, (skill, level) in enumerate(places)]


def run(outcomes: list[bool], left: list[CandidateQuestion]) -> list[AnsweredQuestion]:
    """A diagnostic in which the answers go like this."""
    asked: list[AnsweredQuestion] = []
    for is_right in outcomes:
        chosen = next_question(asked, left)
        if chosen is None:
            break
        left = [candidate for candidate in left if candidate != chosen]
        asked.append(AnsweredQuestion(chosen.skill_id, chosen.level, is_right))
    return asked


@given(RUNS)
def test_a_right_answer_goes_up_and_a_wrong_one_down(outcomes: list[bool]) -> None:
    asked = run(outcomes, bank())
    assert asked[0].level == 1
    for before, after in pairwise(asked):
        assert after.level == (min(before.level + 1, 2) if before.is_right else max(before.level - 1, 0))


@given(RUNS, st.integers(1, 7))
def test_every_skill_is_covered_evenly(outcomes: list[bool], skills: int) -> None:
    asked = run(outcomes, bank(skills))
    times = [sum(one.skill_id == skill for one in asked) for skill in range(skills)]
    assert len(asked) == len(outcomes)
    assert max(times) - min(times) <= 1


@given(
    RUNS,
    st.lists(st.builds(CandidateQuestion, st.integers(0, 10**6), st.integers(0, 3), st.integers(0, 2)), max_size=30),
)
def test_whatever_the_bank_holds_questions_are_asked_once_until_it_is_empty(
    outcomes: list[bool], left: list[CandidateQuestion]
) -> None:
    own = list({candidate.question_id: candidate for candidate in left}.values())
    asked = run(outcomes, own)
    assert len(asked) == min(len(outcomes), len(own))


@given(RUNS)
def test_a_run_says_the_same_every_time(outcomes: list[bool]) -> None:
    assert run(outcomes, bank()) == run(outcomes, bank())


@given(RUNS)
def test_score_and_level_stay_on_their_scales(outcomes: list[bool]) -> None:
    asked = run(outcomes, bank())
    assert 0 <= diagnostic_score(asked) <= 100
    assert (diagnostic_score(asked) == 100) is all(outcomes)
    assert (diagnostic_score(asked) == 0) is not any(outcomes)
    assert 0 <= level_estimate(asked) <= 2


@given(RUNS)
def test_one_more_right_answer_at_the_end_never_lowers_the_score(outcomes: list[bool]) -> None:
    worse, better = ([*outcomes[:-1], last] for last in (False, True))
    assert diagnostic_score(run(worse, bank())) < diagnostic_score(run(better, bank()))


@pytest.mark.parametrize(
    ("pattern", "score", "estimate", "level"),
    [
        ("r" * 20, 100, 2.0, "advanced"),
        ("w" * 20, 0, 0.0, "beginner"),
        ("rw" * 10, 34, 1.5, "intermediate"),
        ("wr" * 10, 17, 0.5, "beginner"),
        ("rrw" * 6 + "rr", 59, 1.69, "advanced"),
        ("wwr" * 6 + "ww", 10, 0.31, "beginner"),
        ("rwwr" * 5, 25, 1.0, "intermediate"),
    ],
)
def test_a_staircase_settles_where_half_goes_wrong(pattern: str, score: int, estimate: float, level: str) -> None:
    asked = run([letter == "r" for letter in pattern], bank())
    assert (diagnostic_score(asked), level_estimate(asked)) == (score, estimate)
    assert level_name(level_estimate(asked)) == level


def test_a_level_that_is_missing_is_replaced_by_the_nearest() -> None:
    only_hard = [CandidateQuestion(1, 0, 2), CandidateQuestion(2, 0, 2)]
    assert next_question([], only_hard) == CandidateQuestion(1, 0, 2)
    ends = [CandidateQuestion(3, 0, 2), CandidateQuestion(4, 0, 0)]
    assert next_question([], ends) == CandidateQuestion(4, 0, 0)
    assert next_question([], []) is None


@given(st.integers(1, 7), st.integers(0, 30))
def test_a_test_is_spread_over_skills_and_levels(skills: int, count: int) -> None:
    chosen = balanced_selection(bank(skills), count)
    assert len({candidate.question_id for candidate in chosen}) == count if count <= skills * 24 else True
    for skill in range(skills):
        levels = [candidate.level for candidate in chosen if candidate.skill_id == skill]
        assert levels == [place % 3 for place in range(len(levels))] or len(levels) > 24
        assert abs(len(levels) - len(chosen) / skills) < 1


def test_a_small_bank_is_spread_as_far_as_it_goes() -> None:
    assert len(balanced_selection(bank(1, 1), 20)) == 3


@pytest.mark.parametrize(
    ("answered", "total", "worth"), [(0, 20, False), (9, 20, False), (10, 20, True), (0, 0, False)]
)
def test_half_of_a_test_is_worth_a_day(answered: int, total: int, *, worth: bool) -> None:
    assert is_worth_a_day(answered=answered, total=total) is worth


def test_the_weakest_skill_is_repaired_first() -> None:
    tallies = {
        "a": PartScore(3, 5),
        "b": PartScore(1, 5),
        "c": PartScore(1, 5),
        "d": PartScore(0, 0),
    }
    assert skill_to_repair(tallies) == ("b", "1 of 5 right. Practice helps most here.")
    assert skill_to_repair({"a": PartScore(5, 5)})[1].startswith("Nothing went wrong")
    assert skill_to_repair({}) == ("", "")
