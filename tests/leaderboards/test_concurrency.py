"""Many at once, in real threads with real connections, on SQLite and on PostgreSQL alike."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from leaderboards import tasks
from leaderboards.models import CountedResult, League, LeagueSeat, RankDelta, Standing
from leaderboards.services import audit, leagues
from leaderboards.services import results as results_service
from tests.concurrency import at_once
from tests.factories import person, practice
from tests.leaderboards.standings import played
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.models import Result, Skill

pytestmark = pytest.mark.django_db(transaction=True)


def counter(results: list[Result], at: datetime) -> Callable[[int], object]:
    return lambda number: results_service.count_result(result=results[number % len(results)], at=at)


def test_one_result_counted_by_ten_at_once_counts_once(algebra: Skill, at: datetime) -> None:
    ada = person("Ada")
    result = played(ada, algebra, at)
    assert at_once(10, counter([result], at)) == {True: 1, False: 9}
    assert list(Standing.objects.values_list("results", "xp")) == [(1, 15), (1, 15)]
    assert (LeagueSeat.objects.get().xp, RankDelta.objects.count()) == (15, 2)


def test_eight_results_of_one_learner_at_once_all_count(algebra: Skill, at: datetime) -> None:
    ada = person("Ada")
    results = [played(ada, algebra, at + timedelta(minutes=n), right=n % 6) for n in range(8)]
    assert at_once(8, counter(results, at)) == {True: 8}
    standing = Standing.objects.get(period="all")
    assert (standing.results, standing.points) == (8, sum(result.score for result in results))
    assert audit.audit_standings(at=at) == 0
    seat = LeagueSeat.objects.get()
    assert (seat.xp, CountedResult.objects.count()) == (standing.xp, 8)


def test_first_results_of_many_at_once_never_overfill_a_league(algebra: Skill, at: datetime) -> None:
    practice(person("Zoe"), algebra, at=at)
    League.objects.update(seats_taken=27)
    results = [played(person(f"P{n}"), algebra, at) for n in range(8)]
    assert at_once(8, counter(results, at)) == {True: 8}
    first, *others = League.objects.order_by("number").values_list("seats_taken", flat=True)
    # Two who find the first one full at the same moment may each open a league; no seat is given twice or lost.
    assert (first, sum(others)) == (30, 5)
    assert LeagueSeat.objects.count() == 9


def test_two_beats_close_a_week_once(algebra: Skill, at: datetime) -> None:
    for name in ("Ada", "Bo", "Cy"):
        practice(person(name), algebra, at=at)
    found = at_once(4, lambda _: leagues.close_ended_leagues(at=at + timedelta(days=5)))
    assert sum(int(str(count)) * times for count, times in found.items()) == 1
    assert LoggedEvent.objects.filter(type="league_closed").count() == 1
    assert list(LeagueSeat.objects.order_by("final_rank").values_list("final_rank", "next_tier")) == [
        (1, 2),
        (2, 1),
        (3, 1),
    ]
    assert at_once(2, lambda _: tasks.close_leagues()) == {0: 2}


def test_counting_goes_on_while_a_week_closes(algebra: Skill, at: datetime) -> None:
    people = [person(f"P{n}") for n in range(4)]
    for one in people:
        practice(one, algebra, at=at)
    results = [played(one, algebra, at + timedelta(minutes=3)) for one in people]

    def act(number: int) -> object:
        if number == 4:
            return leagues.close_ended_leagues(at=at + timedelta(days=5)) and True
        return results_service.count_result(result=results[number], at=at)

    assert at_once(5, act) == {True: 5}
    table = list(LeagueSeat.objects.order_by("final_rank").values_list("xp", "final_rank"))
    assert [rank for _, rank in table] == [1, 2, 3, 4]
    assert [xp for xp, _ in table] == sorted((xp for xp, _ in table), reverse=True)
    assert Standing.objects.filter(period="all", results=2).count() == 4


def test_two_folds_at_once_shift_the_marks_once(algebra: Skill, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    from leaderboards.rules import Board
    from leaderboards.services import rank_checkpoints
    from tests.leaderboards.standings import make_standings, play, ranks_by_checkpoint, ranks_by_window

    for name, value in {"SPACING": 3, "MAX_GAP": 600, "MIN_SIZE": 4}.items():
        monkeypatch.setattr(rank_checkpoints, name, value)
    rows = make_standings(algebra.subject, 12)
    for minute, row in enumerate(rows):
        play(row, 60, minute)
    rank_checkpoints.maintain_checkpoints(at=at)
    for minute, row in enumerate(rows):
        play(row, 20 * (minute % 6), 100 + minute)
    board = Board(algebra.subject_id, metric="xp")
    found = at_once(4, lambda _: rank_checkpoints.fold_deltas(board))
    assert found == {12: 1, 0: 3}
    assert ranks_by_checkpoint(board) == ranks_by_window(board)
