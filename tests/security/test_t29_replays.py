"""Threat 29: a request that the network, or an attacker, sends again."""

from uuid import UUID

import pytest

from loops.core.rewards.grants import grant_reward
from loops.models import Purchase, RewardEntry, ShopItem
from tests.api.programs import EVENTS, Program, in_threads, practiced, problem_of
from tests.factories import browser, person
from tests.loops.shop_rows import stock
from viral_engine.api.models import IdempotentRequest
from viral_engine.api.services import idempotency
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.models import Result, Skill

pytestmark = pytest.mark.django_db(transaction=True)


def test_t29_a_request_counts_once_twice_in_parallel_and_with_another_body(algebra: Skill) -> None:
    program = Program()
    program.brings(person("Ada"))
    body = {"events": [practiced(event_id="one")]}
    answers = in_threads(6, lambda: program.post(EVENTS, body, key="k"))
    assert {(one.status_code, one.content) for one in answers} == {(200, answers[0].content)}
    changed = {"events": [practiced(event_id="two", correct=5)]}
    assert problem_of(program.post(EVENTS, changed, key="k")) == (409, "idempotency_key_reused")
    assert program.post(EVENTS, body, key="other").json()["results"][0]["status"] == "duplicate"
    assert Result.objects.count() == 1
    assert LoggedEvent.objects.filter(type="practice_completed").count() == 1


def test_t29_a_request_whose_answer_was_lost_before_the_commit_runs_again_whole(
    algebra: Skill, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = Program()
    program.brings(person("Ada"))
    body = {"events": [practiced(event_id="one")]}

    class Crash(BaseException):
        """The process dies: no handler of errors sees it."""

    def die(*_: object, **__: object) -> None:
        raise Crash

    with monkeypatch.context() as dying:
        dying.setattr(idempotency, "_response", die)
        with pytest.raises(Crash):
            program.post(EVENTS, body, key="k")
    assert (Result.objects.count(), IdempotentRequest.objects.count()) == (0, 0)
    assert program.post(EVENTS, body, key="k").status_code == 200
    assert (Result.objects.count(), IdempotentRequest.objects.count()) == (1, 1)


def test_t29_a_purchase_sent_again_is_the_first_one(catalogue: None) -> None:
    stock()
    ada = person("Ada")
    grant_reward(user=ada, kind="points", amount=500, reason="x", key="x", at=now())
    client = browser(ada)
    form = {"price": str(ShopItem.objects.get(slug="shield").price), "key": str(UUID(int=7))}
    for _ in range(3):
        assert client.post("/rewards/shop/shield/", form).status_code == 302
    assert Purchase.objects.count() == 1
    assert RewardEntry.objects.filter(kind="streak_shield").count() == 1
