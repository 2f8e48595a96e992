"""Threat 31: a learner invents a score, sends one again, or finishes what was never answered."""

import pytest

from leaderboards.models import Standing
from tests.api.programs import Program, practiced
from tests.factories import Committed, answer_all, browser, person, practice
from tests.sockets import connected, in_thread, serving_in_process
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Attempt, Progress, Result, Skill
from viral_engine.learning.services import attempts

pytestmark = pytest.mark.django_db
FORGED = {"score": "100", "correct": "5", "xp": "9999", "duration_s": "1", "finished_at": "2020-01-01"}


def earned(user: User) -> tuple[int, int]:
    """XP and results of a person."""
    return sum(Progress.objects.filter(user=user).values_list("xp", flat=True)), Result.objects.filter(
        attempt__user=user
    ).count()


def test_t31_the_score_is_the_servers_and_finishing_again_earns_nothing(algebra: Skill, committed: Committed) -> None:
    ada = person("Ada")
    client, attempt = browser(ada), attempts.start_practice(user=ada, skill=algebra, at=now())
    path = f"/practice/{attempt.pk}/finish/"
    client.post(path, FORGED)
    assert earned(ada) == (0, 0)
    answer_all(attempt, right=2, at=now())
    with committed():
        client.post(path, FORGED)
    assert Result.objects.get().score == 40
    once = earned(ada)
    for _ in range(3):
        with committed():
            client.post(path, FORGED)
            client.post(f"/practice/{attempt.pk}/answer/", {"position": "0", "choice": "1"} | FORGED)
    assert earned(ada) == once
    assert {row.user_id for row in Standing.objects.all()} <= {ada.pk}
    assert Result.objects.get().score == 40


def test_t31_another_learners_attempt_cannot_be_answered_or_finished(algebra: Skill) -> None:
    ada, bo = person("Ada"), person("Bo")
    attempt = attempts.start_practice(user=ada, skill=algebra, at=now())
    for action in ("answer", "pause", "resume", "finish"):
        assert browser(bo).post(f"/practice/{attempt.pk}/{action}/", FORGED).status_code == 404
    assert Attempt.objects.get().finished_at is None


def test_t31_an_event_of_another_program_counts_once(algebra: Skill, committed: Committed) -> None:
    program = Program()
    ada = program.brings(person("Ada"))
    assert program.send(practiced(score=100, xp=9999)).json()["results"][0]["status"] == "refused"
    with committed():
        program.send(practiced())
    once = earned(ada)
    for _ in range(3):
        with committed():
            program.send(practiced(correct=5))
    assert earned(ada) == once
    assert Result.objects.get().score == 80


@pytest.mark.django_db(transaction=True)
async def test_t31_a_score_claimed_over_a_socket_changes_nothing(catalogue: None) -> None:
    def cast() -> User:
        ada = person("Ada")
        practice(ada, Skill.objects.get(slug="algebra"), at=now())
        return ada

    ada = await in_thread(cast)
    before = await in_thread(lambda: earned(ada))
    async with serving_in_process() as server, connected(server, ada) as [client]:
        await client.join("subject:math")
        for _ in range(3):
            await client.push("subject:math", "practice_completed", {"skill": "algebra", "score": 100, "xp": 9999})
    assert await in_thread(lambda: earned(ada)) == before
