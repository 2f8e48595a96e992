"""A result on Monday, before last week's league closes, takes a seat in the tier that the close decides."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest

from leaderboards import queries
from leaderboards.models import League, LeagueSeat
from leaderboards.services.leagues import close_ended_leagues
from tests.factories import person, practice
from viral_engine.accounts.models import User
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db
Committed = Callable[[], AbstractContextManager[object]]
MONDAY = timedelta(days=4, hours=9)  # midnight after the week of the fixture `at`
LATE = timedelta(minutes=30)  # the periodic task runs half an hour after midnight


@pytest.fixture
def six(algebra: Skill, at: datetime, committed: Committed) -> list[User]:
    people = [person(name, at=at) for name in ("Ada", "Bo", "Cy", "Dee", "Eli", "Fay")]
    with committed():
        for place, one in enumerate(people):
            for number in range(6 - place):
                practice(one, algebra, at=at + timedelta(minutes=2 * number))
    return people


def tiers(week: str) -> dict[int, int]:
    return dict(LeagueSeat.objects.filter(week=week).values_list("user", "league__tier"))


def test_a_seat_taken_before_the_close_moves_with_its_learner(
    six: list[User], algebra: Skill, at: datetime, committed: Committed
) -> None:
    ada, dee = six[0], six[3]
    with committed():
        for one in (ada, dee):
            practice(one, algebra, at=at + MONDAY + timedelta(minutes=5))
    assert tiers("2026-W11") == {ada.pk: 1, dee.pk: 1}
    assert close_ended_leagues(at=at + MONDAY + LATE) == 1
    assert tiers("2026-W11") == {ada.pk: 2, dee.pk: 1}
    page = queries.league_of(ada, at + MONDAY + LATE)
    assert (page.tier, page.last_week_text) == ("Silver", "Last time you were number 1 and moved up to Silver.")
    places = League.objects.filter(week="2026-W11").order_by("tier").values_list("tier", "seats_taken")
    assert list(places) == [(1, 1), (2, 1)]
    seat = LeagueSeat.objects.get(user=ada, week="2026-W11")
    assert (seat.xp, seat.total) == (LeagueSeat.objects.get(user=dee, week="2026-W11").xp, 5)


def test_a_seat_taken_while_the_league_closed_moves_at_the_next_run(
    six: list[User], algebra: Skill, at: datetime, committed: Committed
) -> None:
    close_ended_leagues(at=at + MONDAY + LATE)
    with committed():
        practice(six[0], algebra, at=at + MONDAY + LATE)
    bronze = League.objects.create(week="2026-W11", band="6-8", tier=1, number=1, seats_taken=1)
    LeagueSeat.objects.filter(user=six[0], week="2026-W11").update(league=bronze)  # it read the old tier
    assert [close_ended_leagues(at=at + MONDAY + 2 * LATE) for _ in range(2)] == [0, 0]
    assert tiers("2026-W11") == {six[0].pk: 2}
    bronze.refresh_from_db()
    assert bronze.seats_taken == 0


def test_after_an_outage_of_a_week_the_second_close_starts_from_the_first(
    six: list[User], algebra: Skill, at: datetime, committed: Committed
) -> None:
    with committed():
        practice(six[0], algebra, at=at + MONDAY + timedelta(hours=1))
    assert close_ended_leagues(at=at + MONDAY + timedelta(days=8)) == 3  # Bronze of both weeks, and Silver
    last = LeagueSeat.objects.get(user=six[0], week="2026-W11")
    assert (last.league.tier, last.next_tier) == (2, 2)
