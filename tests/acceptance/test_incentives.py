"""Rewards: practice earns points, points buy items, mistakes are reversed; concurrency on both databases."""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db.models import F, Sum
from django.test import Client

from loops.buddy_challenge.models import ChallengeEntry
from loops.buddy_challenge.services import reward_key
from loops.core.rewards import (
    DailyCapReached,
    InsufficientBalance,
    SpendLimitReached,
    expire_rewards,
    grant_reward,
    hold_reward,
    redeem_reward,
    release_reward,
    revoke_reward,
)
from loops.core.shop import PurchaseRefused, buy_item
from loops.models import DailySpend, Purchase, RewardEntry, ShopItem, SpendLimit
from tests.concurrency import at_once
from tests.factories import browser, person, take_diagnostic, take_test
from tests.ledgers import events
from tests.loops.shop_rows import stock
from tests.sockets import connected, in_thread, serving_in_process
from tests.steps.challenges import accept, challenge_from
from tests.steps.practice import play
from tests.steps.sign_up import sign_up
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Subject
from viral_engine.learning.services import finish_attempt

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]


@pytest.fixture(autouse=True)
def stocked(catalogue: None) -> None:
    stock()


def points(user: User, amount: int, at: datetime) -> None:
    for number in range(-(-amount // 500)):
        grant_reward(
            user=user,
            kind="points",
            amount=min(500, amount - 500 * number),
            reason="Test",
            key=f"p{number}",
            at=at - timedelta(days=number),
        )


def held(user: User, kind: str, at: datetime) -> int:
    return RewardEntry.objects.all().holdings(user.pk, at).get(kind, 0)


def books_balance() -> bool:
    sums = RewardEntry.objects.values("user", "kind").annotate(lines=Sum("amount"), remains=Sum("left"))
    return not sums.exclude(lines=F("remains")).exists()


# -- Over HTTP -----------------------------------------------------------------------------------


def practice(client: Client) -> None:
    started = client.post("/practice/start/algebra/")
    play(client, started.url, right=3)  # type: ignore[attr-defined]


def test_three_practices_buy_a_shield_and_a_double_click_buys_one() -> None:
    ada = person("Ada", growth_prompts=False)
    client = browser(ada)
    for _ in range(2):
        practice(client)
    assert "100 more points: one practice earns 100" in client.get("/rewards/").content.decode()
    practice(client)
    question = client.get("/rewards/shop/shield/").content.decode()
    key = re.search(r'name="key" value="([^"]+)"', question)
    assert key is not None
    assert "It costs <b>300</b> of your 300 points. You will have 0 left." in question
    for _ in range(2):
        answer = client.post("/rewards/shop/shield/", {"key": key[1], "price": "300"}, follow=True).content.decode()
        assert "Streak shield: it is yours." in answer
    assert Purchase.objects.count() == 1
    assert '<li class="card stat" id="holding-points"><b>0</b>' in answer
    assert '<li class="card stat" id="holding-streak_shield"><b>1</b>' in answer
    assert [event.properties["kind"] for event in events("reward_granted")] == ["points"] * 3 + ["streak_shield"]
    assert [event.properties["amount"] for event in events("reward_redeemed")] == [300]
    answer = client.post("/rewards/shop/shield/", {"key": str(uuid4()), "price": "300"}, follow=True).content.decode()
    assert "You need more points for this." in answer
    assert books_balance()


def test_a_guests_practice_earns_points_once_at_sign_up() -> None:
    at_bo = browser()
    _, shared = challenge_from(browser(person("Ada")))
    play(at_bo, accept(at_bo, shared), right=5)
    bo = sign_up(at_bo, "Bo", year=2011)
    earned = RewardEntry.objects.filter(user=bo, kind="points").values_list("reason", "amount")
    assert set(earned) == {("Finished a practice", 100), ("Won a challenge", 50), ("Earned a badge", 50)}
    assert len(earned) == 3


@pytest.mark.parametrize(
    ("kind", "reason"), [("test", "Finished a practice test"), ("diagnostic", "Finished a diagnostic")]
)
def test_practice_tests_and_diagnostics_earn_points(kind: str, reason: str) -> None:
    ada, math, at = person("Ada"), Subject.objects.get(slug="math"), now()
    if kind == "test":
        take_test(ada, math, at=at)
    else:
        finish_attempt(attempt=take_diagnostic(ada, math, right="rw", at=at), at=at + timedelta(minutes=9))
    earned = RewardEntry.objects.filter(user=ada, kind="points", reason=reason)
    assert [entry.amount for entry in earned] == [200]


def test_invalidating_a_challenge_revokes_both_shields() -> None:
    ada = person("Ada")
    at_bo = browser()
    _, shared = challenge_from(browser(ada))
    play(at_bo, accept(at_bo, shared), right=5)
    bo = sign_up(at_bo, "Bo", year=2011)
    at = now()
    redeem_reward(user=bo, kind="streak_shield", amount=1, reason="Kept your streak", key="s", at=at)
    entry = ChallengeEntry.objects.get()
    for part in ("inviter", "friend"):
        revoke_reward(key=reward_key(entry, part), reason="The invite was undone", at=at)
    assert (held(ada, "streak_shield", at), held(bo, "streak_shield", at)) == (0, -1)
    assert [(event.actor_id, event.properties["owed"]) for event in events("reward_revoked")] == [
        (ada.pk, 0),
        (bo.pk, 1),
    ]
    page = at_bo.get("/rewards/").content.decode()
    assert "Your next rewards pay this back first." in page
    assert "The invite was undone" in page
    assert books_balance()


# -- Concurrency ----------------------------------------------------------------------------------


def test_fifty_concurrent_clicks_buy_once(at: datetime) -> None:
    ada, key = person("Ada"), UUID(int=7)
    points(ada, 1000, at)
    item = ShopItem.objects.get(slug="shield")

    def press(_: int) -> object:
        return buy_item(user=ada, item=item, price=300, key=key, at=at).pk

    found = at_once(50, press)
    assert found == {Purchase.objects.get().pk: 50}
    assert (held(ada, "points", at), held(ada, "streak_shield", at)) == (700, 1)
    assert books_balance()


def test_points_are_never_spent_twice(at: datetime) -> None:
    ada = person("Ada")
    points(ada, 700, at)
    item = ShopItem.objects.get(slug="shield")

    def press(number: int) -> object:
        buy_item(user=ada, item=item, price=300, key=UUID(int=number), at=at)
        return "bought"

    assert at_once(12, press) == {"bought": 2, PurchaseRefused.__name__: 10}
    assert (held(ada, "points", at), held(ada, "streak_shield", at)) == (100, 2)
    assert books_balance()


def test_concurrent_redemptions_never_exceed_the_balance(at: datetime) -> None:
    ada = person("Ada")
    for number in range(10):
        grant_reward(user=ada, kind="ai_tutor_minutes", amount=5, reason="x", key=f"k{number}", at=at)

    def spend(number: int) -> object:
        redeem_reward(user=ada, kind="ai_tutor_minutes", amount=7, reason="x", key=f"r{number}", at=at)
        return "spent"

    assert at_once(16, spend) == {"spent": 7, InsufficientBalance.__name__: 9}
    assert held(ada, "ai_tutor_minutes", at) == 1
    assert books_balance()


def test_grants_to_many_people_stop_at_the_spend_limit(at: datetime) -> None:
    SpendLimit.objects.filter(scope="buddy_challenge").update(cents_a_day=23)
    people = [person(f"Bo{number}") for number in range(20)]

    def pay(number: int) -> object:
        grant_reward(
            user=people[number],
            kind="streak_shield",
            amount=1,
            reason="x",
            key=f"k{number}",
            at=at,
            loop="buddy_challenge",
        )
        return "paid"

    assert at_once(20, pay) == {"paid": 4, SpendLimitReached.__name__: 16}
    assert dict(DailySpend.objects.values_list("scope", "spent_cents")) == {"overall": 20, "buddy_challenge": 20}
    assert RewardEntry.objects.aggregate(cents=Sum("cost_cents"))["cents"] == 20


def test_a_grant_is_revoked_once_while_it_is_being_spent(at: datetime) -> None:
    ada = person("Ada")
    grant_reward(user=ada, kind="ai_tutor_minutes", amount=20, reason="x", key="k", at=at)

    def act(number: int) -> object:
        if number % 2:
            line = revoke_reward(key="k", reason="undone", at=at)
            return "revoked" if line else "nothing"
        redeem_reward(user=ada, kind="ai_tutor_minutes", amount=3, reason="x", key=f"r{number}", at=at)
        return "spent"

    found = at_once(16, act)
    assert found["revoked"] == 8
    assert found["spent"] + found[InsufficientBalance.__name__] == 8
    assert RewardEntry.objects.filter(cause="reversal").count() == 1
    assert held(ada, "ai_tutor_minutes", at) == -3 * found["spent"]
    assert len(events("reward_revoked")) == 1
    assert books_balance()


def test_concurrent_expiry_holds_and_redemptions_keep_the_ledger_balanced(at: datetime) -> None:
    ada, later = person("Ada"), at + timedelta(days=31)
    for number in range(6):
        grant_reward(user=ada, kind="ai_tutor_minutes", amount=10, reason="x", key=f"old{number}", at=at)
    for number in range(6):
        grant_reward(user=ada, kind="ai_tutor_minutes", amount=10, reason="x", key=f"new{number}", at=later)

    def act(number: int) -> object:
        match number % 3:
            case 0:
                expire_rewards(at=later)
            case 1:
                hold_reward(key=f"new{number % 6}", why="review", at=later)
            case _:
                key = f"r{number}"
                redeem_reward(user=ada, kind="ai_tutor_minutes", amount=4, reason="x", key=key, at=later)
        return "done"

    assert at_once(18, act) == {"done": 18}
    entries = RewardEntry.objects.all()
    assert entries.filter(cause="expiry").count() == 6
    left = held(ada, "ai_tutor_minutes", later) + entries.held(ada.pk).get("ai_tutor_minutes", 0)
    assert left == 60 - 6 * 4
    assert books_balance()


def test_fifty_concurrent_practices_stay_within_the_daily_cap(at: datetime) -> None:
    ada = person("Ada")

    def earn(number: int) -> object:
        grant_reward(user=ada, kind="points", amount=100, reason="x", key=f"practice:{number}", at=at)
        return "earned"

    assert at_once(50, earn) == {"earned": 5, DailyCapReached.__name__: 45}
    assert held(ada, "points", at) == 500


# -- Open pages ----------------------------------------------------------------------------------


async def test_an_open_page_is_notified_of_granted_held_and_revoked_rewards(
    transactional_db: None, at: datetime
) -> None:
    ada = await in_thread(lambda: person("Ada"))
    topic = f"user:{ada.pk}"
    line: dict[str, Any] = {"user": ada, "kind": "streak_shield", "amount": 1, "at": at}
    async with serving_in_process() as here, connected(here, ada) as [page]:
        await page.join(topic)
        await in_thread(lambda: grant_reward(**line, reason="Buddy Challenge", key="a"))
        await in_thread(lambda: grant_reward(**line, reason="x", key="b", held_for="review"))
        await in_thread(lambda: revoke_reward(key="a", reason="the invite was undone", at=at))
        await in_thread(lambda: release_reward(key="b", at=at))
        granted = await page.hears(topic, "reward_granted", count=2)
        assert [one["text"] for one in granted] == ["+1 streak shield"] * 2
        (held_back,) = await page.hears(topic, "reward_held")
        assert held_back["text"] == "1 streak shield will be yours after a quick check."
        (revoked,) = await page.hears(topic, "reward_revoked")
        assert revoked["text"] == "1 streak shield taken back: the invite was undone"
        assert revoked["url"] == "/rewards/"
