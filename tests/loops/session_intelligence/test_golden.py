"""The extractive summarizer against transcripts whose items were marked by hand.

The held-out transcripts took no part in tuning. They are by the same author as the rules, so they measure whether the
rules carry over to other lessons, not to other people's ways of speaking.
"""

import pytest

from benchmarks.transcripts import all_golden, long_session, measure, print_table, time_an_hour

GOLDEN = all_golden()


@pytest.mark.parametrize("is_held_out", [False, True])
def test_gaps_and_homework_are_found_and_right(is_held_out: bool) -> None:
    measured = measure([one for one in GOLDEN if one.is_held_out is is_held_out])
    print_table("held out" if is_held_out else "tuned", measured)
    for kind in ("gap", "homework"):
        assert measured.recall(kind) >= 0.8, measured.notes
        assert measured.precision(kind) >= 0.7, measured.notes
    for kind in ("insight", "exam"):
        assert measured.recall(kind) >= 0.7, measured.notes


def test_the_golden_set_is_what_it_should_be() -> None:
    assert len(GOLDEN) >= 12
    assert sum(one.is_held_out for one in GOLDEN) == 4
    assert sum(one.language == "es" for one in GOLDEN) == 2
    assert any({who for who, _ in one.lines} == {"T", "S", "O"} for one in GOLDEN)
    for one in GOLDEN:
        assert all(1 <= marked.first <= marked.last <= len(one.lines) for marked in one.marked), one.name


def test_an_hour_takes_less_than_two_seconds() -> None:
    assert len(long_session().vtt().split()) > 10_000
    time_an_hour()
    assert min(time_an_hour() for _ in range(3)) < 2
