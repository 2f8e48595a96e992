"""Reasons for a payment to wait, the end of each wait, and one decision where two come at once."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError

from loops.core.base import EarnedReward
from loops.core.links import create_link
from loops.core.payouts import pay_after_consent, pay_rewards, pay_verified, resume_waiting
from loops.core.reportables import LINK_KIND, REWARD_KIND
from loops.core.reversals import bring_back, reverse
from loops.models import DailyReferrerTotal, Link, Loop, Payout, RewardEntry, SpendLimit
from tests.concurrency import at_once
from tests.factories import (
    Committed,
    child,
    guest,
    link_of,
    parent_of,
    person,
    practice,
    sign_up_from,
    touch,
    verify,
)
from viral_engine.accounts.events import ConsentGiven, MailboxVerified
from viral_engine.accounts.models import Guest, User
from viral_engine.accounts.services.consent import give_consent
from viral_engine.accounts.services.sessions import block_account, unblock_account
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Decision
from viral_engine.learning.models import Skill
from viral_engine.safety.models import BlocklistEntry, DeviceFlag, ReviewItem
from viral_engine.safety.services.detections import open_item
from viral_engine.safety.services.reviews import approve, reject, reopen

pytestmark = pytest.mark.django_db
OLD = timedelta(days=90)
Status = Payout.Status
Act = Callable[[Link, datetime], object]


def old(name: str, at: datetime, **fields: Any) -> User:
    return person(name, at=at, date_joined=at - OLD, **fields)


def pay(link: Link, referee: User, at: datetime, key: str = "k") -> int:
    sides = ((link.referrer, "inviter"), (referee, "friend"))
    rewards = [EarnedReward(one, "streak_shield", 1, part) for one, part in sides]
    return pay_rewards(link=link, referee=referee, rewards=rewards, key=key, refused_for=None, at=at)


def granted() -> int:
    return RewardEntry.objects.filter(kind="streak_shield", cause="grant").count()


def state() -> tuple[str, str, int]:
    payout = Payout.objects.get()
    return payout.status, payout.reason, granted()


def staff(at: datetime) -> User:
    return old("Root", at, role="admin", is_staff=True)


def case_of(link: Link, at: datetime) -> ReviewItem:
    item, _ = open_item(
        kind="link", object_key=link.code, subject_id=link.referrer_id, reason="spam", evidence={}, at=at
    )
    return item


# -- Blocks and links that are off -------------------------------------------------------------------------------
def block(link: Link, at: datetime) -> None:
    block_account(user=link.referrer, at=at)


def unblock(link: Link, at: datetime) -> None:
    unblock_account(user=link.referrer, at=at)


def list_device(link: Link, at: datetime) -> None:
    BlocklistEntry.objects.create(device="laptop", reason="a farm", expires_at=at + timedelta(minutes=30))


def list_for_good(link: Link, at: datetime) -> None:
    BlocklistEntry.objects.create(device="laptop", reason="a farm")


def list_a_guests_device(link: Link, at: datetime) -> None:
    known = guest(at=at, device="tablet")
    Guest.objects.filter(pk=known.pk).update(user=link.referrer)
    BlocklistEntry.objects.create(device="tablet", reason="a farm")


def flag_device(link: Link, at: datetime) -> None:
    DeviceFlag.objects.create(device="laptop", level="high", reason="a farm")


def clear_device(link: Link, at: datetime) -> None:
    DeviceFlag.objects.update(level="low")


def switch_off(link: Link, at: datetime) -> None:
    reject(item=case_of(link, at), by=staff(at), at=at)


def switch_off_what_was_off(link: Link, at: datetime) -> None:
    Link.objects.filter(pk=link.pk).update(deactivated_at=at, deactivation_reason="person")
    switch_off(link, at)


def take_back(link: Link, at: datetime) -> None:
    reopen(item=ReviewItem.objects.get(kind="link"), by=User.objects.get(username="root"), at=at)


def nothing(link: Link, at: datetime) -> None:
    """The entry of the device ends by itself."""


@pytest.mark.parametrize(
    ("begin", "reason", "end"),
    [
        (block, "referrer_blocked", unblock),
        (list_device, "referrer_blocked", nothing),
        (flag_device, "referrer_blocked", clear_device),
        (switch_off, "link_switched_off", take_back),
        (switch_off_what_was_off, "link_switched_off", take_back),
    ],
)
def test_a_payment_waits_while_the_referrer_or_the_link_is_off(at: datetime, begin: Act, reason: str, end: Act) -> None:
    link = link_of(old("Ada", at, signup_device="laptop"), at)
    begin(link, at)
    link = Link.objects.select_related("referrer", "loop").get(pk=link.pk)
    assert pay(link, old("Bo", at), at) == 0
    assert state() == ("waiting", reason, 0)
    assert Decision.objects.get(agent="incentives").rationale == reason
    assert ReviewItem.objects.filter(kind="reward").count() == 0
    assert resume_waiting(at=at + timedelta(minutes=10)) == 0
    assert REWARD_KIND.release is not None
    REWARD_KIND.release(link.referrer, at)  # a case about the person's rewards pays none of it
    assert state() == ("waiting", reason, 0)
    end(link, at + timedelta(hours=1))
    resume_waiting(at=at + timedelta(hours=1))
    assert state() == ("paid", "", 2)


@pytest.mark.parametrize("begin", [list_for_good, flag_device, list_a_guests_device, switch_off_what_was_off])
def test_payments_that_wait_keep_no_later_one_from_its_turn(at: datetime, begin: Act) -> None:
    stuck = link_of(old("Ada", at, signup_device="laptop"), at)
    begin(stuck, at)
    stuck = Link.objects.select_related("referrer", "loop").get(pk=stuck.pk)
    for key in ("a", "b"):
        assert pay(stuck, old(f"Bo{key}", at), at, key) == 0
    freed = link_of(old("Cy", at, signup_device="phone"), at)
    entry = BlocklistEntry.objects.create(device="phone", reason="a farm", expires_at=at + timedelta(minutes=30))
    assert pay(freed, old("Dee", at), at, "c") == 0
    assert entry.lifted_at is None
    assert resume_waiting(at=at + timedelta(hours=1), limit=1) == 1
    assert list(Payout.objects.order_by("key").values_list("status", flat=True)) == ["waiting", "waiting", "paid"]


def test_a_payment_that_waits_for_another_reason_now_is_marked_with_it(at: datetime) -> None:
    link = link_of(old("Ada", at, is_proven=False), at)
    block(link, at)
    link.referrer.refresh_from_db()
    pay(link, old("Bo", at), at)
    assert state() == ("waiting", "referrer_blocked", 0)
    unblock(link, at)
    assert resume_waiting(at=at) == 0
    assert state() == ("waiting", "referrer_unverified", 0)


def test_an_approval_pays_what_waited_for_the_link(at: datetime) -> None:
    link, root = link_of(old("Ada", at), at), staff(at)
    item = case_of(link, at)
    ReviewItem.objects.filter(pk=item.pk).update(undone_at=at, undone=LINK_KIND.hide(link, at))
    pay(Link.objects.get(pk=link.pk), old("Bo", at), at)
    assert state() == ("waiting", "link_switched_off", 0)
    approve(item=item, by=root, at=at)
    assert state() == ("paid", "", 2)


def test_a_blocked_referee_is_refused_by_a_code(at: datetime) -> None:
    pay(link_of(old("Ada", at), at), old("Bo", at, blocked_at=at), at)
    assert state() == ("refused", "risk_block", 0)
    assert Decision.objects.get(agent="incentives").rationale == "risk_block"


# -- Referrers who wait --------------------------------------------------------------------------------------------
def test_a_childs_payouts_go_on_with_the_consent(at: datetime) -> None:
    kid = child("Comet", at=at, date_joined=at - OLD)
    pay(link_of(kid, at), old("Bo", at), at)
    assert state() == ("waiting", "referrer_unverified", 0)
    grace = parent_of(kid, at=at)
    give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=at)
    pay_after_consent(ConsentGiven(actor_id=grace.pk, child_id=kid.pk, kind="coppa"), at)
    assert state() == ("paid", "", 2)


def test_a_consent_to_something_else_decides_nothing(at: datetime) -> None:
    kid = child("Comet", at=at, date_joined=at - OLD)
    pay(link_of(kid, at), old("Bo", at), at)
    grace = parent_of(kid, at=at)
    pay_after_consent(ConsentGiven(actor_id=grace.pk, child_id=kid.pk, kind="ferpa"), at)
    assert state() == ("waiting", "referrer_unverified", 0)
    assert Decision.objects.filter(agent="incentives").count() == 1


def test_a_proof_twice_pays_once_and_counts_once(at: datetime) -> None:
    ada = old("Ada", at, is_proven=False)
    pay(link_of(ada, at), old("Bo", at), at)
    verify(ada)
    for _ in range(2):
        pay_verified(MailboxVerified(actor_id=ada.pk), at)
    assert state() == ("paid", "", 2)
    assert list(Decision.objects.filter(agent="incentives").values_list("outcome", flat=True)) == ["hold", "rewarded"]


@pytest.mark.django_db(transaction=True)
def test_proofs_at_once_decide_once() -> None:
    at = now()
    Loop.objects.get_or_create(name="buddy_challenge", defaults={"title": "Dare", "expected_k": 0.3, "cooldown_s": 60})
    ada = old("Ada", at, is_proven=False)
    pay(link_of(ada, at), old("Bo", at), at)
    verify(ada)
    found = at_once(6, lambda _: pay_verified(MailboxVerified(actor_id=ada.pk), at))
    assert (found, state()) == ({None: 6}, ("paid", "", 2))
    assert list(DailyReferrerTotal.objects.values_list("referees", flat=True)) == [1]
    assert Decision.objects.filter(agent="incentives", outcome="rewarded").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_rejection_and_payments_at_once_leave_nothing_paid() -> None:
    """Whichever comes first: what was paid before is taken back, what comes later waits."""
    at = now()
    Loop.objects.get_or_create(name="buddy_challenge", defaults={"title": "Dare", "expected_k": 0.3, "cooldown_s": 60})
    link, people = link_of(old("Ada", at), at), [old(f"Bo{number}", at) for number in range(4)]
    item, root = case_of(link, at), staff(at)

    def act(number: int) -> object:
        mine = Link.objects.select_related("referrer", "loop").get(pk=link.pk)
        if number == len(people):
            return reject(item=ReviewItem.objects.get(pk=item.pk), by=root, at=at)
        return pay(mine, people[number], at, key=f"k{number}") <= 2

    def patient(number: int) -> object:
        """A lock that is waited for too long is tried again, as the relay does."""
        for _ in range(20):
            with suppress(OperationalError):
                return act(number)
        return act(number)

    assert at_once(len(people) + 1, patient) == {True: len(people), None: 1}
    assert set(Payout.objects.values_list("status", flat=True)) <= {"reversed", "waiting"}
    assert sum(RewardEntry.objects.filter(kind="streak_shield").values_list("left", flat=True)) == 0


# -- The first act -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("right", [0, 5])
def test_a_class_pass_follows_the_first_practice_after_the_proof(
    at: datetime, algebra: Skill, committed: Committed, right: int
) -> None:
    """Grace joined, proved her mailbox, and practices as everybody does: she plays no deck of the link."""
    ada, visitor = old("Ada", at, age=41, role="parent", grade=None), guest(at=at)
    link = create_link(loop_name="proud_parent", referrer=ada, at=at)
    touch(link, visitor, at)
    grace = sign_up_from("Grace", visitor, at, age=41, role="parent", grade=None)
    pay_verified(MailboxVerified(actor_id=grace.pk), at)
    assert RewardEntry.objects.filter(kind="class_pass").count() == 0
    for minutes in (1, 5):
        with committed():
            practice(grace, algebra, right=right, at=at + timedelta(minutes=minutes))
    assert [entry.user for entry in RewardEntry.objects.filter(kind="class_pass")] == [grace]
    assert Decision.objects.filter(agent="incentives", type="proud_parent").count() == 1


# -- Taken back and given back -----------------------------------------------------------------------------------
def test_what_comes_back_is_not_counted_against_the_caps_of_today(at: datetime) -> None:
    link, bo = link_of(old("Ada", at), at), old("Bo", at)
    pay(link, bo, at)
    before = reverse(Payout.objects.all(), at)
    SpendLimit.objects.update_or_create(scope="overall", defaults={"cents_a_day": 0})
    bring_back(before, at + timedelta(days=1))
    assert state() == ("paid", "", 2)
    assert RewardEntry.objects.filter(key__in=["k:inviter", "k:friend"], left=1).count() == 2
    assert reverse(Payout.objects.all(), at + timedelta(days=2)) == before
    assert RewardEntry.objects.filter(key__startswith="k:", left__gt=0).count() == 0


def test_what_comes_back_is_no_more_than_what_was_taken(at: datetime) -> None:
    link = link_of(old("Ada", at), at)
    SpendLimit.objects.update_or_create(scope="overall", defaults={"cents_a_day": 5})  # one shield
    pay(link, old("Bo", at), at)
    before = reverse(Payout.objects.all(), at)
    SpendLimit.objects.update(cents_a_day=10_000)
    bring_back(before, at)
    assert state() == ("paid", "", 1)


def test_a_reward_that_two_payouts_share_stays_with_the_other(at: datetime) -> None:
    """A rescue pays the streak's owner once, whichever friends helped."""
    ada = old("Ada", at)
    link, friends = link_of(ada, at), [old(f"Bo{number}", at) for number in range(2)]
    for friend in friends:
        sides = ((ada, "inviter"), (friend, f"joiner:{friend.pk}"))
        rewards = [EarnedReward(one, "streak_shield", 1, part) for one, part in sides]
        pay_rewards(link=link, referee=friend, rewards=rewards, key="rescue:1", refused_for=None, at=at)
    assert granted() == 3

    def left() -> int:
        return sum(RewardEntry.objects.filter(user=ada, cause="grant").values_list("left", flat=True))

    first = reverse(Payout.objects.filter(referee=friends[0]), at)
    assert left() == 1
    second = reverse(Payout.objects.filter(referee=friends[1]), at)
    assert left() == 0
    bring_back(first, at)
    bring_back(second, at)
    assert (left(), RewardEntry.objects.filter(user=ada, cause="grant").count()) == (1, 1)


# -- Decisions -------------------------------------------------------------------------------------------------------
def test_a_payment_that_found_no_money_says_so_by_the_code(at: datetime) -> None:
    SpendLimit.objects.update_or_create(scope="overall", defaults={"cents_a_day": 0})
    pay(link_of(old("Ada", at), at), old("Bo", at), at)
    made = Decision.objects.get(agent="incentives", type="buddy_challenge")
    assert (made.rationale, made.features["granted"]) == ("spend_limit_overall", {"inviter": 0, "friend": 0})


def test_a_payment_over_a_cap_says_so_by_the_code(at: datetime) -> None:
    link = link_of(old("Ada", at), at)
    for number in range(4):
        pay(link, old(f"Bo{number}", at), at, key=f"k{number}")
    made = Decision.objects.filter(agent="incentives", type="buddy_challenge").latest("pk")
    assert (made.rationale, made.features["granted"]) == ("daily_cap", {"inviter": 0, "friend": 1})
