"""Hole 8: farms of accounts earn what one person may earn, and nobody else pays for it."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db.models import Sum

from loops.buddy_challenge.services import accept_challenge
from loops.core.payouts import pay_rewards
from loops.core.reversals import release_checked
from loops.models import Link, Payout, Referral, RewardEntry, SpendLimit
from loops.rules.payments import MAX_REFEREES_A_DAY, MAX_REFEREES_A_MONTH
from tests.factories import Committed, answer_all, challenge_of, person
from tests.steps.farms import Newcomer, join_alone, join_through
from tests.steps.sign_up import prove_mailbox
from viral_engine.accounts.models import User
from viral_engine.kernel.models import Decision
from viral_engine.learning.models import Skill
from viral_engine.learning.services.completion import finish_attempt
from viral_engine.safety.models import ReviewItem

pytestmark = pytest.mark.django_db
OLD = timedelta(days=90)
Status = Payout.Status


def referrer(name: str, at: datetime) -> User:
    """A verified account of three months ago on a device of its own."""
    return person(name, at=at, date_joined=at - OLD, signup_device=f"{name}'s laptop", signup_ip_hash="home")


def dare(name: str, skill: Skill, at: datetime) -> tuple[User, Link]:
    ada = referrer(name, at)
    return ada, challenge_link(ada, skill, at)


def challenge_link(user: User, skill: Skill, at: datetime) -> Link:
    related = Link.objects.select_related("challenge__deck", "loop", "referrer")
    return related.get(pk=challenge_of(user, skill, at).pk)


def granted(kind: str = "streak_shield") -> int:
    sums = RewardEntry.objects.filter(kind=kind, cause="grant", held_at=None).aggregate(Sum("amount"))
    return sums["amount__sum"] or 0


def statuses() -> dict[str, int]:
    found: dict[str, int] = {}
    for status in Payout.objects.values_list("status", flat=True):
        found[status] = found.get(status, 0) + 1
    return found


def test_twelve_accounts_of_one_mailbox_on_one_machine_earn_what_one_person_does(
    algebra: Skill, at: datetime, committed: Committed
) -> None:
    _, link = dare("Ada", algebra, at)
    for number in range(12):
        one = Newcomer(f"Bo{number}", f"b.o+{number}@example.com", device="one machine", network="home")
        join_through(link, one, at + timedelta(minutes=5 * number), committed)
    assert Referral.objects.count() == 1
    assert granted() == 2  # a shield for Ada and one for the first account
    assert statuses() == {Status.PAID: 1, Status.REFUSED: 11}
    assert set(Payout.objects.filter(status=Status.REFUSED).values_list("reason", flat=True)) == {"second_account"}
    refused = Decision.objects.filter(agent="attribution", outcome="refuse")
    assert set(refused.values_list("rationale", flat=True)) == {"second_account"}


def test_accounts_of_other_mailboxes_on_one_machine_wait_for_staff(
    algebra: Skill, at: datetime, committed: Committed
) -> None:
    ada, link = dare("Ada", algebra, at)
    for number in range(6):
        one = Newcomer(f"Bo{number}", f"bo{number}@example.com", device="one machine", network="home")
        join_through(link, one, at + timedelta(minutes=5 * number), committed)
    assert statuses() == {Status.PAID: 2, Status.WAITING: 4}
    case = ReviewItem.objects.get(kind="reward")
    assert (case.subject, "referee_devices" in case.reason) == (ada, True)


def test_unverified_parents_drain_no_budget(algebra: Skill, at: datetime, committed: Committed) -> None:
    """Fourteen of them took the day's class passes; now each waits, and an honest parent is paid."""
    ada, link = dare("Ada", algebra, at)
    SpendLimit.objects.update_or_create(scope="overall", defaults={"cents_a_day": 14 * 900})
    for number in range(14):
        join_through(
            link,
            Newcomer(f"Cy{number}", f"cy{number}@example.com", f"d{number}", "home", role="parent", is_verified=False),
            at,
            committed,
            right=5,
        )
    assert (Payout.objects.count(), RewardEntry.objects.exclude(kind="points").count()) == (0, 0)
    first = User.objects.get(email="cy0@example.com")
    with committed(), time_machine.travel(at + timedelta(hours=1), tick=False):
        prove_mailbox(first)
    assert (Payout.objects.get().status, granted()) == (Status.PAID, 2)
    assert Payout.objects.get().referrer == ada


def test_one_referrer_cannot_use_up_the_budget_of_a_day(algebra: Skill, at: datetime, committed: Committed) -> None:
    """Verified ones, from fourteen devices: five are paid for, and the class pass of another family is still there."""
    _, link = dare("Ada", algebra, at)
    _, other = dare("Dee", algebra, at)
    cents = MAX_REFEREES_A_DAY * 10 + 10  # a shield costs 5 cents
    SpendLimit.objects.update_or_create(scope="overall", defaults={"cents_a_day": cents})
    for number in range(14):
        newcomer = Newcomer(f"Cy{number}", f"cy{number}@example.com", f"d{number}", f"n{number}")
        join_through(link, newcomer, at, committed)
    paid = Payout.objects.filter(status=Status.PAID).count()
    assert (paid, Payout.objects.filter(status=Status.WAITING, reason="referrer_budget").count()) == (5, 9)
    honest = join_through(other, Newcomer("Eve", "eve@example.com", "tablet", "flat"), at, committed)
    assert RewardEntry.objects.of(honest.pk).filter(kind="streak_shield").exists()


def test_a_brings_b_and_b_is_not_paid_for_a(algebra: Skill, at: datetime, committed: Committed) -> None:
    ada, link = dare("Ada", algebra, at)
    bo = join_through(link, Newcomer("Bo", "bo@example.com", "phone", "flat"), at, committed)
    assert statuses() == {Status.PAID: 1}
    later = at + timedelta(days=2)
    back = challenge_link(bo, algebra, later)
    with committed():
        attempt = accept_challenge(challenge=back.challenge, owner=ada, at=later)
        answer_all(attempt, right=5, at=later)
    with committed():
        finish_attempt(attempt=attempt, at=later + timedelta(minutes=1))
    refused = Payout.objects.get(status=Status.REFUSED)
    assert (refused.referrer, refused.referee, refused.reason) == (bo, ada, "circular_referral")


def test_a_farm_of_fifty_is_paid_at_most_the_cap(algebra: Skill, at: datetime, committed: Committed) -> None:
    """Fifty mailboxes and devices behind one network, all verified, over ten days."""
    ada, link = dare("Ada", algebra, at)
    for number in range(50):
        day = at + timedelta(hours=4 * number / 10)  # the challenge lives for 48 h
        newcomer = Newcomer(f"Bo{number}", f"bo{number}@example.com", f"device{number}", "one /24")
        join_through(link, newcomer, day, committed)
    paid, waiting = statuses().get(Status.PAID, 0), statuses().get(Status.WAITING, 0)
    print(f"farm of 50: {paid} paid, {waiting} wait for staff, {granted()} shields")
    assert paid <= 2 * MAX_REFEREES_A_DAY <= MAX_REFEREES_A_MONTH
    assert paid + waiting == 50
    assert RewardEntry.objects.of(ada.pk).filter(kind="streak_shield").count() <= 6  # three a day
    assert ReviewItem.objects.get(kind="reward").subject == ada


def test_a_month_has_a_budget_too(algebra: Skill, at: datetime) -> None:
    _, link = dare("Ada", algebra, at)
    for number in range(30):
        bo = person(f"Bo{number}", at=at, date_joined=at - OLD)
        day = at + timedelta(days=number // 5)
        pay_rewards(link=link, referee=bo, rewards=[], key=f"k{number}", refused_for=None, at=day)
    assert statuses() == {Status.PAID: MAX_REFEREES_A_MONTH, Status.WAITING: 10}


def test_a_doubtful_payment_is_held_and_released_in_time(algebra: Skill, at: datetime, committed: Committed) -> None:
    """A disposable mailbox queues the payment: both see their shield, and can use it after three days."""
    ada, link = dare("Ada", algebra, at)
    join_through(link, Newcomer("Bo", "bo@mailinator.com", "phone", "flat"), at, committed)
    assert (statuses(), granted()) == ({Status.PAID: 1}, 0)
    assert RewardEntry.objects.all().held(ada.pk) == {"streak_shield": 1}
    assert release_checked(at=at + timedelta(days=2)) == 0
    assert release_checked(at=at + timedelta(days=3, minutes=5)) == 2
    assert granted() == 2


def test_a_school_is_honest(algebra: Skill, at: datetime, committed: Committed) -> None:
    """300 pupils sign up behind one address on 100 shared computers; 10 of them bring three classmates each."""
    people = [Newcomer(f"Bo{n}", f"pupil{n}@school.edu", f"pc{n % 100}", "school") for n in range(290)]
    for star in range(10):
        ada = person(
            f"Ada{star}",
            at=at,
            date_joined=at - timedelta(hours=2),
            signup_device=f"pc{50 + star}",
            signup_ip_hash="school",
        )
        link = challenge_link(ada, algebra, at)
        for friend in range(3):
            join_through(link, people[star * 3 + friend], at + timedelta(minutes=star), committed)
    for late, pupil in enumerate(people[30:]):
        join_alone(pupil, at + timedelta(minutes=late))
    outcomes = list(Decision.objects.filter(agent="trust_safety", type="sign_up").values_list("outcome", flat=True))
    blocked = sum(1 for outcome in outcomes if outcome in {"block", "hold"})
    queued = outcomes.count("queue")
    held = Payout.objects.exclude(status=Status.PAID).count() + RewardEntry.objects.exclude(held_at=None).count()
    paid = Payout.objects.filter(status=Status.PAID).count()
    print(f"school of {User.objects.count()}: {blocked} blocked, {held} held, {queued} queued, {paid} of 30 paid")
    assert (User.objects.count(), len(outcomes), blocked) == (300, 290, 0)
    assert held + queued < 0.01 * 300
    assert paid == 30
