"""Each agent fails, is slow or answers wrongly in turn: people can go on, the log records it, no data is lost."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import sleep
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import OperationalError, connection
from pytest_django import Settings

from experiments.models import Arm
from loops.buddy_challenge.models import Challenge
from loops.core.default_experiments import load_default_experiments
from loops.models import GeneratedCopy, Prompt, Referral, RewardEntry
from loops.tutor_spotlight.models import Spotlight
from tests.experiments.trials import started
from tests.factories import browser, person
from tests.steps.challenges import accept, challenge_from
from tests.steps.practice import play
from tests.steps.sign_up import sign_up
from tests.steps.tutor_spotlight import logged_session, rate, tutor
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision, LoggedEvent
from viral_engine.kernel.tasks import deliver_outbox
from viral_engine.learning.models import Result, TutoringSession

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]
SAFETY_READS = 'AS "last_day"'  # the caps of trust and safety count a day and an hour


@contextmanager
def failing(words: str, happen: Callable[[], None]) -> Iterator[None]:
    """Inject a fault into every SQL statement that contains these words."""

    def meet(execute: Any, sql: str, *rest: Any) -> Any:
        if words in sql:
            happen()
        return execute(sql, *rest)

    with connection.execute_wrapper(meet):
        yield


def down() -> None:
    raise OperationalError("gone")


def run_experiment(**params: Any) -> None:
    load_default_experiments()
    arms = Arm.objects.filter(experiment__key="reward_amounts")
    arms.update(weight_bp=0)
    arms.filter(key="high_reward").update(weight_bp=10_000, **params)
    started(arms[0].experiment, now())


def test_without_experimentation_a_challenge_uses_its_default_copy() -> None:
    run_experiment()
    with failing("experiments_assignment", down):
        link, _ = challenge_from(browser(person("Ada")))
    assert (link.arms, Challenge.objects.get().shields) == ([], 1)
    decision = Decision.objects.get(agent="orchestrator")
    assert (decision.outcome, decision.is_degraded) == ("buddy_challenge", True)
    assert decision.features["troubles"] == ["experimentation failed: OperationalError"]


def test_slow_experimentation_is_used_and_reported() -> None:
    run_experiment()
    with failing("experiments_assignment", lambda: sleep(0.05)):
        challenge_from(browser(person("Ada")))
    assert Challenge.objects.get().shields == 2
    decision = Decision.objects.get(agent="orchestrator")
    assert decision.is_degraded
    assert "experimentation took" in decision.features["troubles"][0]


def test_an_invalid_arm_changes_nothing() -> None:
    run_experiment(params={"shields": "many", "title": ["?"]})
    challenge_from(browser(person("Ada")))
    assert Challenge.objects.get().shields == 1


def test_without_trust_and_safety_nothing_is_offered_and_the_result_is_kept() -> None:
    ada = browser(person("Ada"))
    with failing(SAFETY_READS, down):
        attempt_url = ada.post("/practice/start/algebra/").url  # type: ignore[attr-defined]
        played = play(ada, attempt_url, right=4)
        assert not Prompt.objects.exists()
        under_the_result = ada.post(f"/loops/after/{played.attempt.pk}/")
        asked = ada.post(f"/loops/challenge/{played.attempt.pk}/", follow=True)
    for page in (under_the_result, asked):
        assert "We cannot check this right now. Try again in a minute." in page.content.decode()
    assert Result.objects.get().score == 80
    assert LoggedEvent.objects.filter(type="practice_completed").count() == 1
    degraded = Decision.objects.filter(agent="orchestrator", is_degraded=True)
    assert {row.outcome for row in degraded} == {"none"}
    assert ada.post(f"/loops/challenge/{played.attempt.pk}/").status_code == 302  # the agent is back
    assert Challenge.objects.count() == 1


def with_copy(settings: Settings) -> None:
    """Turn AI copy on, so that the agent reads the database and can fail there."""
    cache.clear()
    settings.ANTHROPIC_API_KEY = "key-of-a-test"


@pytest.mark.parametrize(
    ("happen", "reason"),
    [(down, "personalization failed: OperationalError"), (lambda: sleep(0.05), "personalization took")],
)
def test_without_personalization_a_challenge_uses_the_template(
    settings: Settings, happen: Callable[[], None], reason: str
) -> None:
    with_copy(settings)
    with failing("loops_generatedcopy", happen):
        link, _ = challenge_from(browser(person("Ada")))
    assert link.words["headline"] == "I scored {score}% in {skill}. Can you beat it?"
    decision = Decision.objects.get(agent="orchestrator")
    assert (decision.outcome, decision.is_degraded) == ("buddy_challenge", True)
    assert decision.features["troubles"][0].startswith(reason)


def test_invalid_generated_copy_is_not_used(settings: Settings) -> None:
    with_copy(settings)
    audience = {"persona": "student", "language": "en", "subject": "math", "engagement": "low"}
    GeneratedCopy.objects.create(
        loop="buddy_challenge", **audience, texts={"title": "?"}, wanted_at=now(), written_at=now()
    )
    link, _ = challenge_from(browser(person("Ada")))
    assert link.words["title"] == "Dare a friend"
    assert Decision.objects.get(agent="orchestrator").is_degraded


def test_an_unchecked_share_is_refused_and_can_be_retried() -> None:
    ada = browser(person("Ada"))
    link, _ = challenge_from(ada)
    sent = {"channel": "copy", "key": "6f0c1f3e-8a34-4d2c-9c8b-0c6f0a5a8f11"}
    with failing(SAFETY_READS, down):
        refused = ada.post(f"/loops/share/{link.code}/sent/", sent)
    assert (refused.status_code, refused.json()["reason"]) == (403, "unchecked")
    assert ada.post(f"/loops/share/{link.code}/sent/", sent).status_code == 204
    assert LoggedEvent.objects.filter(type="invite_sent").count() == 1


def test_slow_trust_and_safety_is_obeyed_and_reported() -> None:
    with failing(SAFETY_READS, lambda: sleep(0.06)):
        challenge_from(browser(person("Ada")))
    decision = Decision.objects.get(agent="orchestrator")
    assert (decision.outcome, decision.is_degraded) == ("buddy_challenge", True)
    assert decision.features["troubles"][0].startswith("trust_safety took")


def deliver_later() -> None:
    """Run the delivery task as often as a durable listener may need."""
    for minutes in (2, 10, 30):
        with time_machine.travel(now() + timedelta(minutes=minutes), tick=False):
            deliver_outbox()


def test_rewards_are_paid_once_the_database_recovers() -> None:
    ada, at_bo = person("Ada"), browser()
    _, shared = challenge_from(browser(ada))
    play(at_bo, accept(at_bo, shared), right=5)
    with failing("loops_dailyrewardtotal", down):
        bo = sign_up(at_bo, "Bo", year=2011)
    assert not RewardEntry.objects.filter(kind="streak_shield").exists()
    deliver_later()
    deliver_later()
    shields = RewardEntry.objects.filter(kind="streak_shield").values_list("user", "amount")
    assert set(shields) == {(ada.pk, 1), (bo.pk, 1)}
    assert len(shields) == 2


def test_a_sign_up_is_attributed_once_the_database_recovers() -> None:
    ada, at_bo = person("Ada"), browser()
    _, shared = challenge_from(browser(ada))
    play(at_bo, accept(at_bo, shared), right=5)
    with failing("loops_referral", down):
        bo = sign_up(at_bo, "Bo", year=2011)
    assert not Referral.objects.exists()
    deliver_later()
    deliver_later()
    assert Referral.objects.get().referee == bo
    assert LoggedEvent.objects.filter(type="signup_attributed").count() == 1


def test_without_nudges_practice_still_starts() -> None:
    with failing("accounts_friendship", down):
        started_at = browser(person("Ada")).post("/practice/start/algebra/")
    assert started_at.status_code == 302
    assert LoggedEvent.objects.filter(type="practice_started").count() == 1


def test_without_the_tutor_advocacy_agent_a_rating_is_kept() -> None:
    ada = person("Ada")
    with failing("loops_spotlight", down):
        rate(browser(ada), logged_session(tutor(), ada))
    assert not Spotlight.objects.exists()
    assert TutoringSession.objects.get().rating == 5
    assert LoggedEvent.objects.filter(type="session_rated_five_stars").count() == 1
