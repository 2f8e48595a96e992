"""Join a rescue, and pay for it once both sides answered all questions in time."""

from datetime import datetime

from django.db import transaction

from loops.core.base import EarnedReward
from loops.core.decks import is_referrer
from loops.core.payment_checks import is_waiting, payment_refusal
from loops.core.payouts import ledger_key, pay_rewards
from loops.core.referees import SettlingEvent, entries_affected_by, record_arrival
from loops.streak_rescue.models import Rescue, RescueEntry
from viral_engine.accounts.models import Guest, User
from viral_engine.learning.models import Attempt
from viral_engine.learning.services.decks import start_deck

Outcome = RescueEntry.Outcome


@transaction.atomic
def join_rescue(*, rescue: Rescue, owner: User | Guest, at: datetime) -> Attempt:
    """Start the person's one attempt at the questions, the streak owner's too; a repeat returns it.

    Raises    DeckClosed after the rescue's two hours.
    Announces GuestStarted, once per guest.
    """
    link = rescue.link
    is_mine = is_referrer(link, owner)
    attempt = start_deck(deck=rescue.deck, owner=owner, link_code="" if is_mine else link.code, at=at)
    _, is_new = RescueEntry.objects.get_or_create(attempt=attempt, defaults={"rescue": rescue, "accepted_at": at})
    if is_new and not is_mine:
        record_arrival(link=link, owner=owner, at=at)
    return attempt


def settle_rescues(event: SettlingEvent, at: datetime) -> None:
    """Pay the streak's owner, and each friend with an account, once both are done. A durable listener.

    It runs in one transaction with the mark that it ran.
    """
    touched = RescueEntry.objects.filter(entries_affected_by(event)).values("rescue")
    for rescue in Rescue.objects.filter(pk__in=touched).select_related("link__referrer", "link__loop", "deck"):
        _settle_rescue(rescue, at)


def _settle_rescue(rescue: Rescue, at: datetime) -> None:
    """Wait until the streak's owner has finished, and a mailbox is proved or a parent has agreed for them."""
    starter = rescue.link.referrer
    entries = list(rescue.entries.select_related("attempt__user", "rescue__deck", "rescue__link").order_by("pk"))
    own = next((entry for entry in entries if entry.attempt.user == starter), None)
    if own is None or own.attempt.finished_at is None or is_waiting(starter, at):
        return
    for entry in entries:
        friend = entry.attempt.user
        is_done = entry.attempt.finished_at is not None and entry.outcome == Outcome.OPEN
        if entry is not own and is_done and friend is not None and not is_waiting(friend, at):
            _settle_pair(rescue, own, entry, friend, at)


def _settle_pair(rescue: Rescue, own: RescueEntry, entry: RescueEntry, friend: User, at: datetime) -> None:
    reason = _refusal(own, entry, friend)
    outcome = Outcome.REFUSED if reason else Outcome.REWARDED
    if not RescueEntry.objects.filter(pk=entry.pk, outcome=Outcome.OPEN).update(outcome=outcome, settled_at=at):
        return
    if outcome == Outcome.REWARDED:
        RescueEntry.objects.filter(pk=own.pk, outcome=Outcome.OPEN).update(outcome=outcome, settled_at=at)
    starter = rescue.link.referrer
    pay_rewards(
        link=rescue.link,
        referee=friend,
        rewards=[EarnedReward(user, "streak_shield", 1, part_of(entry, user)) for user in (starter, friend)],
        key=_payment_key(rescue),
        refused_for=reason,
        at=at,
    )


def _refusal(own: RescueEntry, entry: RescueEntry, friend: User) -> str | None:
    if not (own.is_in_time and entry.is_in_time):
        return "finished_after_the_rescue_ended"
    return payment_refusal(referrer=own.attempt.user or friend, referee=friend)


def part_of(entry: RescueEntry, user: User) -> str:
    """The side in the ledger's key: the streak's owner gets one shield in all, each friend one."""
    return "inviter" if user.pk == entry.rescue.link.referrer_id else f"joiner:{entry.pk}"


def _payment_key(rescue: Rescue) -> str:
    return f"rescue:{rescue.pk}"


def shield_key(rescue: Rescue, part: str) -> str:
    """The ledger's key of one player's shield."""
    return ledger_key(_payment_key(rescue), part)
