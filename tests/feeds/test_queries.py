"""Groups of activities, and the ending of a cohort challenge."""

from datetime import datetime

import pytest

from feeds.models import Activity
from feeds.queries import by_person, cohort_challenge_ending
from feeds.services.challenges import challenge_cohort, play_challenge
from tests.factories import answer_all, browser, cohort_of, person, practice
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill
from viral_engine.learning.services.completion import finish_attempt

pytestmark = pytest.mark.django_db(transaction=True)


def activity(actor: User, kind: str = Activity.Kind.PRACTICED) -> Activity:
    return Activity(actor=actor, kind=kind)


def test_practices_of_one_person_are_one_group(algebra: Skill) -> None:
    ada, bo = person("Ada"), person("Bo")
    stream = [activity(ada), activity(ada), activity(ada, Activity.Kind.WON), activity(bo), activity(ada)]
    assert [(group.newest.actor, group.number) for group in by_person(stream)] == [(ada, 3), (ada, 1), (bo, 1)]


def test_a_cohort_challenge_ends_with_a_place_and_the_way_back(algebra: Skill, at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    cohort = cohort_of(ada, bo, at=now())
    challenge = challenge_cohort(creator=ada, cohort_id=cohort.pk, skill=algebra, at=now())
    attempts = {}
    for player, right in ((ada, 3), (bo, 5)):
        attempts[player] = play_challenge(challenge=challenge, player=player, at=now())
        answer_all(attempts[player], right=right, at=now())
        finish_attempt(attempt=attempts[player], at=now())
    endings = [cohort_challenge_ending(attempts[player]) for player in (ada, bo)]
    assert [(one.rank, one.players) for one in endings if one] == [(2, 2), (1, 2)]
    panel = browser(ada).post(f"/loops/after/{attempts[ada].pk}/").content.decode()
    assert "Number 2 of 2 so far" in panel
    assert f'href="/cohorts/{cohort.pk}/"' in panel
    assert cohort_challenge_ending(practice(ada, algebra, at=at).attempt) is None
