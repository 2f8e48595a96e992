from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from leaderboards import queries, rules
from leaderboards.models import League, LeagueSeat
from leaderboards.services import leagues as leaderboards_leagues
from tests.factories import counting, person, practice, statements
from viral_engine.accounts.models import User
from viral_engine.accounts.services import preferences
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db
Committed = Callable[[], AbstractContextManager[object]]
MONDAY = timedelta(days=5)


@pytest.fixture
def six(algebra: Skill, at: datetime, committed: Committed) -> list[User]:
    """Six learners of one league, the first with the most XP."""
    people = [person(name, at=at) for name in ("Ada", "Bo", "Cy", "Dee", "Eli", "Fay")]
    with committed():
        for place, one in enumerate(people):
            for number in range(6 - place):
                practice(one, algebra, at=at + timedelta(minutes=2 * number))
    return people


def test_a_week_closes_once_with_the_first_up_and_nobody_below_the_bottom(six: list[User], at: datetime) -> None:
    assert leaderboards_leagues.close_ended_leagues(at=at + timedelta(days=1)) == 0
    assert [leaderboards_leagues.close_ended_leagues(at=at + MONDAY) for _ in range(2)] == [1, 0]
    seats = LeagueSeat.objects.order_by("final_rank").values_list("user", "final_rank", "next_tier")
    tiers = [2, 2, 1, 1, 1, 1]
    assert list(seats) == [(one.pk, n + 1, tiers[n]) for n, one in enumerate(six)]
    event = LoggedEvent.objects.get(type="league_closed")
    assert event.properties["moves"] == {str(one.pk): tiers[n] - 1 for n, one in enumerate(six)}


def test_who_moved_up_is_seated_there_the_next_week_and_may_move_down(
    six: list[User], algebra: Skill, at: datetime, committed: Committed
) -> None:
    leaderboards_leagues.close_ended_leagues(at=at + MONDAY)
    with committed():
        for one in six[:3]:
            practice(one, algebra, at=at + timedelta(days=7))
    seats = LeagueSeat.objects.filter(week="2026-W11").order_by("user")
    assert list(seats.values_list("league__tier", flat=True)) == [2, 2, 1]
    page = queries.league_of(six[0], at + timedelta(days=7))
    assert (page.tier, page.up, page.down) == ("Silver", "Gold", "Bronze")
    assert page.last_week_text == "Last time you were number 1 and moved up to Silver."


def test_a_result_that_comes_after_the_close_changes_no_table(
    six: list[User], algebra: Skill, at: datetime, committed: Committed
) -> None:
    leaderboards_leagues.close_ended_leagues(at=at + MONDAY)
    before = list(LeagueSeat.objects.order_by("pk").values())
    with committed():
        practice(six[5], algebra, at=at)
        practice(person("Gus", at=at), algebra, at=at)
    assert list(LeagueSeat.objects.order_by("pk").values()) == before


def test_who_hides_keeps_their_tier_and_takes_no_rank(six: list[User], at: datetime, committed: Committed) -> None:
    with committed():
        preferences.set_preferences(user=six[0], avatar=six[0].avatar, at=at, feed_visible=False)
    leaderboards_leagues.close_ended_leagues(at=at + MONDAY)
    seat = LeagueSeat.objects.get(user=six[0])
    assert (seat.final_rank, seat.next_tier) == (None, 1)
    assert LeagueSeat.objects.get(user=six[1]).final_rank == 1


def test_the_thirty_first_begins_a_league(algebra: Skill, at: datetime, committed: Committed) -> None:
    with committed():
        practice(person("Ada", at=at), algebra, at=at)
    League.objects.update(seats_taken=rules.LEAGUE_SIZE)
    with committed():
        practice(person("Bo", at=at), algebra, at=at)
        practice(person("Cy", at=at, grade=3), algebra, at=at)
    leagues = League.objects.order_by("band", "number").values_list("band", "number", "seats_taken")
    assert list(leagues) == [("1-5", 1, 1), ("6-8", 1, 30), ("6-8", 2, 1)]


def test_the_league_page_costs_the_same_at_three_and_thirty_seats(
    algebra: Skill, at: datetime, committed: Committed
) -> None:
    ada = person("Ada", at=at)
    costs = []
    for count in (3, 27):
        with committed():
            practice(ada, algebra, at=at + timedelta(minutes=count))
            for number in range(count):
                practice(person(f"P{count}x{number}", at=at), algebra, at=at)
        with counting() as captured:
            page = queries.league_of(ada, at)
        costs.append(len(statements(captured)))
    assert len(page.places) == 30
    assert costs == [3, 3]


def test_the_page_counts_down_to_monday_of_the_site(at: datetime) -> None:
    page = queries.league_of(person("Ada", at=at), at)
    assert (page.closes_on.isoformat(), page.time_left_text) == ("2026-03-09", "4 days 9 hours")
    assert page.mine is None
    assert timezone.get_current_timezone_name() == "UTC"
