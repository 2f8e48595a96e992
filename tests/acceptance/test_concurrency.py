"""Concurrent writes in real threads with real connections, on SQLite and PostgreSQL."""

from datetime import datetime, timedelta

import pytest

from loops.buddy_challenge.models import Challenge
from loops.core import orchestrator
from loops.core.links import create_link, record_touch
from loops.core.rewards.grants import DailyCapReached, grant_reward
from loops.core.rewards.redemptions import InsufficientBalance, redeem_reward
from loops.models import DailyRewardTotal, Link, Prompt, RewardEntry, Touch
from tests.concurrency import at_once
from tests.factories import answer_all, guest, person, practice
from viral_engine.kernel import bus
from viral_engine.kernel.models import Decision, Delivery, LoggedEvent, PeriodicRun
from viral_engine.kernel.outbox import drain
from viral_engine.kernel.services import announce, claim_slot
from viral_engine.learning.events import PracticeCompleted
from viral_engine.learning.models import Progress, Result, Skill
from viral_engine.learning.services import attempts as learning_attempts
from viral_engine.learning.services import completion

pytestmark = pytest.mark.django_db(transaction=True)


def test_fifty_claims_of_one_reward_are_one_row(transactional_db: None, at: datetime) -> None:
    ada = person("Ada")

    def claim(_: int) -> object:
        return grant_reward(user=ada, kind="streak_shield", amount=1, reason="x", key="one", at=at).pk

    found = at_once(50, claim)
    entry = RewardEntry.objects.get()
    assert found == {entry.pk: 50}
    assert DailyRewardTotal.objects.get().granted == 1
    assert LoggedEvent.objects.filter(type="reward_granted").count() == 1


def test_fifty_concurrent_grants_stop_at_the_daily_cap(transactional_db: None, at: datetime) -> None:
    ada = person("Ada")

    def claim(number: int) -> object:
        grant_reward(user=ada, kind="streak_shield", amount=1, reason="x", key=f"k{number}", at=at)
        return "granted"

    assert at_once(50, claim) == {"granted": 3, DailyCapReached.__name__: 47}
    assert RewardEntry.objects.count() == 3


def test_a_balance_is_never_spent_twice(transactional_db: None, at: datetime) -> None:
    ada = person("Ada")
    grant_reward(user=ada, kind="streak_shield", amount=3, reason="x", key="k", at=at)

    def spend(number: int) -> object:
        redeem_reward(user=ada, kind="streak_shield", amount=1, reason="x", key=f"r{number}", at=at)
        return "spent"

    assert at_once(12, spend) == {"spent": 3, InsufficientBalance.__name__: 9}
    assert sum(RewardEntry.objects.values_list("amount", flat=True)) == 0


def test_concurrent_triggers_make_one_prompt_and_leave_nothing_behind(
    transactional_db: None, algebra: Skill, at: datetime
) -> None:
    ada = person("Ada", at=at)
    LoggedEvent.objects.all().delete()
    result = practice(ada, algebra, right=2, at=at)  # too low to trigger an offer by itself
    event = PracticeCompleted(
        actor_id=ada.pk,
        attempt_id=str(result.pk),
        subject="math",
        skill="algebra",
        kind="practice",
        score=80,
        duration_s=60,
    )
    found = at_once(8, lambda _: orchestrator.trigger_event(event, at).loop)
    assert found == {"buddy_challenge": 1, "": 7}
    assert (Prompt.objects.count(), Link.objects.count(), Challenge.objects.count()) == (1, 1, 1)
    assert Decision.objects.filter(agent="orchestrator", outcome="buddy_challenge").count() == 1


def test_clicks_at_once_are_one_touch(transactional_db: None, catalogue: None, at: datetime) -> None:
    link = create_link(loop_name="buddy_challenge", referrer=person("Ada", at=at), at=at)
    visitor = str(guest(at=at).pk)

    def click(_: int) -> object:
        touch = record_touch(link=link, visitor=visitor, guest_id=visitor, user_id=None, channel="", campaign="", at=at)
        return touch is not None

    assert at_once(12, click) == {True: 1, False: 11}
    assert Touch.objects.count() == 1
    assert LoggedEvent.objects.filter(type="link_clicked").count() == 1


def test_concurrent_finishes_make_one_result_and_grant_xp_once(
    transactional_db: None, algebra: Skill, at: datetime
) -> None:
    ada = person("Ada", at=at)
    attempt = learning_attempts.start_practice(user=ada, skill=algebra, at=at)
    answer_all(attempt, right=4, at=at)
    later = at + timedelta(minutes=2)

    def finish(_: int) -> object:
        own = type(attempt).objects.select_related("skill", "subject", "user").get(pk=attempt.pk)
        return completion.finish_attempt(attempt=own, at=later).score

    assert at_once(10, finish) == {80: 10}
    assert Result.objects.count() == 1
    assert Progress.objects.get().xp == 15
    assert LoggedEvent.objects.filter(type="practice_completed").count() == 1


def test_attempts_finished_concurrently_all_count(transactional_db: None, catalogue: None, at: datetime) -> None:
    """XP is read and then written: two concurrent finishes must not lose any."""
    ada = person("Ada", at=at)
    skills = Skill.objects.practicable()[:6]
    attempts = [learning_attempts.start_practice(user=ada, skill=skill, at=at) for skill in skills]
    for attempt in attempts:
        answer_all(attempt, right=2, at=at)
    found = at_once(6, lambda number: completion.finish_attempt(attempt=attempts[number], at=at).score)
    assert found == {40: 6}
    assert Progress.objects.get().xp == 6 * 10 + 5


def test_one_worker_claims_a_slot_or_a_delivery(transactional_db: None, at: datetime) -> None:
    assert at_once(10, lambda _: claim_slot("tidy", every_s=60, at=at)) == {True: 1, False: 9}
    from tests.kernel.sample_events import KettleBoiled, pay

    bus.on(KettleBoiled, durable=[pay])
    try:
        announce(KettleBoiled(liters=9), at=at)
        # The commit delivered it; restore the row as a process that died before delivery leaves it.
        PeriodicRun.objects.filter(task="paid-9").delete()
        Delivery.objects.update(processed_at=None, leased_until=None, attempts=0)
        found = at_once(10, lambda _: drain(at=at + timedelta(minutes=5)))
    finally:
        bus._durable.pop(KettleBoiled, None)
    assert found == {1: 1, 0: 9}
    assert PeriodicRun.objects.filter(task="paid-9").count() == 1
