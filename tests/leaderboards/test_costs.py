"""Costs that docstrings state, at three and at thirty learners; and the recount of results that hypothesis makes up."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import partial
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leaderboards import fragments, queries
from leaderboards.events import StandingsChanged
from leaderboards.models import CountedResult, League, LeagueSeat, Standing
from leaderboards.rules import Board
from leaderboards.services import audit
from leaderboards.services import results as results_service
from leaderboards.services.leagues import close_league
from leaderboards.services.standings import show_or_hide
from tests.factories import browser, cohort_of, counting, person, practice, statements
from tests.leaderboards.standings import LOADED, played
from tests.watching import watching
from viral_engine.accounts.models import User
from viral_engine.learning.models import Result, Skill

pytestmark = pytest.mark.django_db
Committed = Callable[[], AbstractContextManager[object]]


def cost(act: Callable[[], object]) -> int:
    with counting() as captured:
        act()
    return len(statements(captured))


@pytest.fixture
def ada(algebra: Skill, at: datetime) -> User:
    return person("Ada", at=at)


def join(count: int, skill: Skill, at: datetime, committed: Committed) -> None:
    for number in range(count):
        with committed():
            newcomer = person(f"P{count}x{number}", at=at)
            cohort_of(newcomer, at=at)
            practice(newcomer, skill, at=at)


def test_reads_and_pushes_cost_what_they_say_at_three_and_at_thirty(
    ada: User, algebra: Skill, at: datetime, committed: Committed
) -> None:
    cohort, board = cohort_of(ada, at=at), Board(algebra.subject_id)
    with committed():
        practice(ada, algebra, at=at)
    event = StandingsChanged(subject="math", user_ids=(ada.pk,))
    for count in (3, 27):
        join(count, algebra, at, committed)
        assert cost(lambda: queries.boards_of(algebra.subject, None, at)) == 6
        assert cost(lambda: queries.boards_of(algebra.subject, cohort.pk, at)) == 6
        assert cost(lambda: queries.place_of(ada, board)) == 4
        assert cost(lambda: queries.home_standings(ada, at)) == 5
        assert cost(lambda: fragments.push_boards(event, at)) == 1  # nobody looks at a board
        with watching("leaderboard:math"):
            assert cost(lambda: fragments.push_boards(event, at)) == 1 + 7
        with watching("leaderboard:math", f"cohort:{cohort.pk}"):
            assert cost(lambda: fragments.push_boards(event, at)) == 1 + 7 + 7
    assert cost(partial(queries.place_of, person("Bo"), board)) == 1


def test_the_page_of_boards_costs_the_same_at_three_and_at_thirty(
    ada: User, algebra: Skill, at: datetime, committed: Committed
) -> None:
    with committed():
        practice(ada, algebra, at=at)
    client, costs = browser(ada), []
    for count in (3, 27):
        join(count, algebra, at, committed)
        costs.append([cost(partial(client.get, f"/leaderboards/?period=all&who={who}")) for who in ("", "6-8")])
    assert costs == [[17, 12], [17, 12]]


def test_writes_cost_what_they_say(ada: User, algebra: Skill, at: datetime) -> None:
    results = [played(ada, algebra, at + timedelta(minutes=n)) for n in range(2)]
    assert cost(lambda: results_service.count_result(result=results[0], at=at)) == 15
    assert cost(lambda: results_service.count_result(result=results[1], at=at)) == 8
    assert cost(lambda: results_service.count_result(result=results[1], at=at)) == 1
    assert cost(lambda: show_or_hide(user_id=ada.pk, at=at)) == 2
    User.objects.filter(pk=ada.pk).update(feed_visible=False)
    assert cost(lambda: show_or_hide(user_id=ada.pk, at=at)) == 6
    assert cost(lambda: close_league(league=League.objects.get(), at=at)) == 6  # one of them finds the league


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(attempts=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 20)), max_size=7), order=st.randoms())
def test_standings_by_the_result_equal_a_recount_in_any_order(
    algebra: Skill, at: datetime, attempts: list[tuple[int, int]], order: Random
) -> None:
    for model in (CountedResult, Standing, LeagueSeat, League):
        model.objects.all().delete()
    Result.objects.all().delete()
    User.objects.all().delete()
    ada = person("Ada")
    results = [played(ada, algebra, at + timedelta(days=day), right=right) for right, day in attempts]
    order.shuffle(results)
    for result in results:
        assert results_service.count_result(result=Result.objects.select_related(*LOADED).get(pk=result.pk), at=at)
    assert audit.audit_standings(at=at) == 0
    sums = Standing.objects.filter(period="all").values_list("results", "points", "xp")
    scores, xp = [result.score for result in results], [result.xp for result in results]
    assert list(sums) == ([(len(attempts), sum(scores), sum(xp))] if attempts else [])
    weeks = Standing.objects.exclude(period="all").values_list("results", flat=True)
    assert sum(weeks) == len(attempts)
