"""Queries of the loops' pages cost what they state."""

from collections.abc import Callable
from datetime import datetime

import pytest

from loops.buddy_challenge.queries import challenge_result, ineligibility_to_challenge
from loops.buddy_challenge.services import accept_challenge
from tests.factories import answer_all, challenge_of, child, counting, person, practice, statements
from viral_engine.learning.models import Skill
from viral_engine.learning.services.completion import finish_attempt

pytestmark = pytest.mark.django_db


def cost(act: Callable[[], object]) -> int:
    with counting() as captured:
        act()
    return len(statements(captured))


def test_a_challenge_result_costs_one_query_and_one_more_while_its_reward_is_open(algebra: Skill, at: datetime) -> None:
    bo = person("Bo", at=at)
    attempt = accept_challenge(challenge=challenge_of(person("Ada", at=at), algebra, at).challenge, owner=bo, at=at)
    assert challenge_result(attempt, bo, at) is None  # not finished yet
    answer_all(attempt, right=5, at=at)
    finish_attempt(attempt=attempt, at=at)
    assert cost(lambda: challenge_result(attempt, None, at)) == 1
    assert cost(lambda: challenge_result(attempt, bo, at)) == 2  # whether it waits for the mailbox
    ordinary = practice(bo, algebra, at=at).attempt
    assert challenge_result(ordinary, bo, at) is None


def test_whether_a_friend_may_be_challenged_costs_at_most_five(algebra: Skill, at: datetime) -> None:
    ada, kid = person("Ada", at=at), child("Comet", at=at)
    mine, theirs = (practice(one, algebra, at=at).attempt for one in (ada, kid))
    assert ineligibility_to_challenge(mine, ada, at) is None
    assert cost(lambda: ineligibility_to_challenge(mine, ada, at)) == 4
    assert cost(lambda: ineligibility_to_challenge(theirs, kid, at)) <= 5
    link = challenge_of(ada, algebra, at)
    assert cost(lambda: ineligibility_to_challenge(link.challenge.attempt, ada, at)) <= 2
