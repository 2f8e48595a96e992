"""The one refusal, and the one verdict, that every referral payment asks."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from django.db.models import F, Q

from loops.core.attribution import MAX_GENERATIONS, is_circular, self_referral_reason
from loops.models import DailyReferrerTotal, Link, Payout
from loops.rules import payments
from viral_engine.accounts.models import Consent, Guardianship, User
from viral_engine.accounts.rules import needs_consent
from viral_engine.accounts.services.consent import is_child
from viral_engine.accounts.services.mailboxes import has_proven_mailbox
from viral_engine.kernel.clock import today
from viral_engine.learning.models import Attempt
from viral_engine.safety import rules as safety
from viral_engine.safety.models import ReviewItem
from viral_engine.safety.services.signals import PersonFacts, is_second_account, read_facts, unblocked_people

ACTION = "referral_reward"
OF_A_LINK = ("link", "card")  # kinds of cases that switch a link off
MAX_REFEREES_READ = 500


def payment_refusal(*, referrer: User, referee: User) -> str | None:
    """Return why the two accounts may not earn from each other, as a code for the log; None if they may.

    Cost  at most 6 queries; for a referrer who was brought 2 more, and 1 for each generation before them; 1 more for
          each generation whose links paid the referrer. None for the same person.
    """
    if reason := self_referral_reason(referrer=referrer, referee=referee):
        return reason
    if is_second_account(referee):
        return "second_account"
    if _share_a_household(referrer, referee):
        return "same_household"
    if is_circular(referrer, referee) or referee.pk in set(_paid_before(referrer)):
        return "circular_referral"
    return None


def _share_a_household(referrer: User, referee: User) -> bool:
    """Whether one is the other's guardian, or both have the same one. Cost  2 queries."""
    pairs = Q(parent=referrer, child=referee) | Q(parent=referee, child=referrer)
    if Guardianship.objects.filter(pairs).exists():
        return True
    of_referrer = Guardianship.objects.filter(child=referrer).values("parent")
    return Guardianship.objects.filter(child=referee, parent__in=of_referrer).exists()


def _paid_before(referrer: User) -> Iterator[int]:
    """The people whose links paid the referrer as a referee, those whose links paid these, and so on."""
    seen, newest = {referrer.pk}, {referrer.pk}
    for _ in range(MAX_GENERATIONS):
        payouts = Payout.objects.all().counting().filter(referee__in=newest)
        newest = set(payouts.values_list("referrer", flat=True)) - seen
        if not newest:
            return
        seen |= newest
        yield from newest


def is_waiting(referee: User, at: datetime) -> bool:
    """Return whether rewards must wait: for a parent's consent of a child, else for a proven mailbox. 1 query."""
    if waits_for_a_parent(referee, at):
        return True
    return not is_child(referee, at) and not has_proven_mailbox(referee)


def waits_for_a_parent(referee: User, at: datetime) -> bool:
    """Return whether both rewards must wait for a parent's consent; 1 query for a child, none for others."""
    return needs_consent(referee.age_on(today(at))) and "coppa" not in Consent.objects.kinds_for(referee.pk)


def has_acted(referee: User) -> bool:
    """Whether the person did more than join: finished an attempt, found first value, or a parent's consent was given.

    Cost  at most 3 queries.
    """
    if Attempt.objects.filter(user=referee, finished_at__isnull=False).exists():
        return True
    if Consent.objects.filter(Q(given_by=referee) | Q(child=referee)).exists():
        return True
    return Attempt.objects.filter(user=referee, answers__choice=F("answers__question__answer")).exists()


def payment_verdict(link: Link, referee: User, at: datetime) -> safety.Weighing:
    """Weigh the referee's own signals, and those among the referees of the link's referrer. Cost  2 queries."""
    facts = read_facts(referee, ACTION, at)
    verdict = safety.weigh(facts.risk, _velocity(link, referee, at))
    return replace(verdict, outcome=safety.BLOCK) if _is_blocked(facts) else verdict


def referrers_reason_to_wait(link: Link, at: datetime) -> str:
    """Return why a link's payments wait, until the reason ends by itself; empty if they need not. Cost  3 queries."""
    if _is_blocked(read_facts(link.referrer, ACTION, at)):
        return Payout.BLOCKED
    if is_waiting(link.referrer, at):
        return Payout.UNVERIFIED
    return Payout.LINK_OFF if _is_switched_off(link) else ""


def is_in_order(at: datetime) -> Q:
    """For a query of payouts: nobody blocked the referrer, nor switched the link off. As `referrers_reason_to_wait`."""
    undone = ReviewItem.objects.all().undone(OF_A_LINK).values("object_key")
    is_off = Q(link__deactivation_reason=Link.Reason.STAFF) | Q(link__code__in=undone)
    return Q(referrer__in=unblocked_people(at)) & ~is_off


def _is_switched_off(link: Link) -> bool:
    """Whether staff switched the link off; a case also counts where the link was off before. Cost  1 query."""
    if link.deactivation_reason == Link.Reason.STAFF:
        return True
    return ReviewItem.objects.all().undone(OF_A_LINK).filter(object_key=link.code).exists()


def _is_blocked(facts: PersonFacts) -> bool:
    """Whether staff blocked the person, or a device of theirs."""
    return facts.is_blocked or facts.risk.device_level == "high"


def _velocity(link: Link, referee: User, at: datetime) -> dict[str, float]:
    """The newest referees on the same device or network, whatever link of the referrer brought them. Cost  1 query."""
    others = Payout.objects.all().counting().filter(referrer=link.referrer, at__gt=at - payments.MONTH)
    known = (
        others.exclude(referee=referee)
        .order_by("-at")
        .values_list("referee", "referee__signup_device", "referee__signup_ip_hash", "at")
    )
    rows = {row[0]: row for row in known[:MAX_REFEREES_READ]}.values()
    recently = at - payments.NETWORK_IN
    device, network = referee.signup_device, referee.signup_ip_hash
    signals = payments.referee_signals(
        same_device=sum(1 for row in rows if device and row[1] == device),
        same_network=sum(1 for row in rows if network and row[2] == network and row[3] > recently),
    )
    return {name: payments.REFEREE_WEIGHTS[name] for name in signals}


def takes_budget(link: Link, referee: User, at: datetime) -> bool:
    """Count a referee towards the referrer's budgets of a day and of thirty days; False when one is used up.

    A referee counts once, however many steps of theirs are paid.

    Cost  3 statements, 2 more for the referrer's first referee of a day.
    """
    paid = Payout.objects.filter(referrer=link.referrer, referee=referee, status=Payout.Status.PAID)
    if paid.exists():
        return True
    day = DailyReferrerTotal.objects.filter(referrer=link.referrer, on=today(at))
    room = day.filter(referees__lt=payments.MAX_REFEREES_A_DAY)
    if not room.update(referees=F("referees") + 1):
        fresh = DailyReferrerTotal(referrer=link.referrer, on=today(at))
        DailyReferrerTotal.objects.bulk_create([fresh], ignore_conflicts=True)
        if not room.update(referees=F("referees") + 1):
            return False
    month = DailyReferrerTotal.objects.filter(referrer=link.referrer, on__gt=today(at) - payments.MONTH)
    if payments.within_month(list(month.values_list("referees", flat=True))):
        return True
    day.update(referees=F("referees") - 1)
    return False
