"""A verdict's effect on a person, and on rewards, over HTTP and with races on both databases."""

from datetime import timedelta

import pytest
from django.test import Client

from loops.core.base import EarnedReward
from loops.core.payouts import pay_rewards
from loops.models import DailyReferrerTotal, Link, Payout, RewardEntry
from loops.rules.payments import MAX_REFEREES_A_DAY
from tests.concurrency import at_once
from tests.factories import browser, link_of, person
from tests.steps.admin import give_reason
from tests.steps.challenges import accept, challenge_from
from tests.steps.practice import play
from tests.steps.sign_up import prove_mailbox, sign_up
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision
from viral_engine.safety.models import DeviceFlag, ReviewItem
from viral_engine.safety.services import check_action

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]
OLD = timedelta(days=90)


def root() -> Client:
    return browser(person("Root", age=40, role="admin", grade=None, is_staff=True, is_superuser=True))


def take(staff: Client, item: ReviewItem, step: str) -> None:
    forms = {f"{name}-{field}": 0 for name in ("reports", "steps") for field in ("TOTAL_FORMS", "INITIAL_FORMS")}
    answer = staff.post(f"/admin/safety/reviewitem/{item.pk}/change/", forms | {"note": "", f"_{step}": "1"})
    assert answer.status_code == 302


def shields(user: User) -> int:
    return RewardEntry.objects.all().holdings(user.pk, now()).get("streak_shield", 0)


def test_a_flagged_device_shares_nothing_until_staff_lower_the_flag() -> None:
    ada, staff = person("Ada", date_joined=now() - OLD, signup_device="laptop"), root()
    form = {"device": "laptop", "level": "high", "reason": "forty accounts"}
    assert staff.post("/admin/safety/deviceflag/add/", form).status_code == 302
    reader = browser(ada)
    started = reader.post("/practice/start/algebra/")
    played = play(reader, started.url, right=5)  # type: ignore[attr-defined]
    assert "challenge/" not in reader.post(f"/loops/after/{played.attempt.pk}/").content.decode()
    assert Decision.objects.filter(agent="trust_safety", actor_id=ada.pk).latest("pk").outcome == "block"
    assert ReviewItem.objects.get(kind="person").subject == ada
    assert Link.objects.count() == 0
    DeviceFlag.objects.all().delete()
    assert challenge_from(reader)[0].referrer == ada


def test_a_friend_is_paid_once_the_mailbox_is_proved() -> None:
    ada, friend = person("Ada", date_joined=now() - OLD), browser()
    _, shared = challenge_from(browser(ada))
    play(friend, accept(friend, shared), right=5)
    bo = sign_up(friend, "Bo", year=2011, is_verified=False)
    assert (Payout.objects.count(), shields(ada), shields(bo)) == (0, 0, 0)
    prove_mailbox(bo)
    assert (Payout.objects.get().status, shields(ada), shields(bo)) == ("paid", 1, 1)


def test_rewards_that_wait_are_released_taken_back_and_refused_in_the_admin() -> None:
    at = now()
    ada, staff = person("Ada", date_joined=at - OLD), root()
    link = Link.objects.select_related("loop", "referrer").get(pk=link_of(ada, at).pk)
    friends = [person(f"Bo{n}", date_joined=at - OLD) for n in range(MAX_REFEREES_A_DAY + 1)]
    for number, friend in enumerate(friends):
        pay_rewards(
            link=link, referee=friend, rewards=[EarnedReward(friend, "streak_shield", 1, "friend")], key=f"k{number}",
            refused_for=None, at=at,
        )  # fmt: skip
    last = friends[-1]
    assert (shields(friends[0]), shields(last)) == (1, 0)
    item = ReviewItem.objects.get(kind="reward", subject=ada)
    give_reason(staff, f"/admin/safety/reviewitem/{item.pk}/change/")
    assert last.username in staff.get(f"/admin/safety/reviewitem/{item.pk}/change/").content.decode()
    for step, expected in (("release", 1), ("reopen", 0), ("release", 1), ("reopen", 0), ("reject", 0)):
        take(staff, item, step)
        assert shields(last) == expected, step
    assert Payout.objects.get(referee=last).status == "reversed"
    assert "Rewards for inviting: not given" in browser(ada).get("/decisions/").content.decode()


def test_the_budget_of_a_referrer_holds_when_all_are_paid_at_once() -> None:
    at = now()
    ada = person("Ada", date_joined=at - OLD)
    link = Link.objects.select_related("loop", "referrer").get(pk=link_of(ada, at).pk)
    friends = [person(f"Bo{n}", date_joined=at - OLD) for n in range(12)]

    def pay(number: int) -> int:
        friend = friends[number]
        rewards = [EarnedReward(friend, "streak_shield", 1, "friend")]
        return pay_rewards(link=link, referee=friend, rewards=rewards, key=f"k{number}", refused_for=None, at=at)

    assert at_once(12, pay) == {1: MAX_REFEREES_A_DAY, 0: 12 - MAX_REFEREES_A_DAY}
    assert DailyReferrerTotal.objects.get().referees == MAX_REFEREES_A_DAY
    assert ReviewItem.objects.filter(kind="reward").count() == 1


def test_a_person_is_detected_once_by_checks_at_once() -> None:
    ada = person("Ada", date_joined=now() - OLD, signup_device="laptop")
    DeviceFlag.objects.create(device="laptop", level="medium", reason="seen before")
    at_once(6, lambda _: check_action(user=ada, action="send_invite", at=now()))
    assert ReviewItem.objects.filter(kind="person").count() == 1
