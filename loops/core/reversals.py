"""Take payouts back, release them, and pay them again: what the review queue does to rewards."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from loops.core.payouts import Status, grant_payout, restore_payout
from loops.core.rewards.grants import is_granted
from loops.core.rewards.holds import release_reward, revoke_reward
from loops.models import Payout, RewardEntry
from loops.models.payout import PayoutQuerySet
from loops.rules.economy import UNTIL_CHECKED
from loops.rules.payments import HELD_FOR_A_CHECK
from viral_engine.accounts.models import User

REVERSED = "Taken back after a review"
Before = dict[str, str]  # {payout id: its status before}, as JSON keeps it


@transaction.atomic
def reverse(payouts: PayoutQuerySet, at: datetime) -> Before:
    """Take payouts back with everything they granted; returns what they were before. Repeating it changes nothing."""
    before: Before = {}
    for payout in payouts.filter(status__in=[Status.PAID, Status.WAITING]).order_by("pk"):
        mine = Payout.objects.filter(pk=payout.pk, status=payout.status)
        if mine.update(status=Status.REVERSED):
            before[str(payout.pk)] = payout.status
            _revoke(payout, at)
    return before


@transaction.atomic
def bring_back(before: Before, at: datetime) -> None:
    """Reverse a reversal: what paid payouts granted is restored whatever the caps are, and waiting ones wait again."""
    for pk, status in before.items():
        mine = Payout.objects.filter(pk=pk, status=Status.REVERSED)
        if mine.update(status=status) and status == Status.PAID:
            restore_payout(_with_link(int(pk)), at)


@transaction.atomic
def release_waiting(referrer: User, at: datetime) -> dict[str, list[int]]:
    """Pay what waits for staff, and release what was paid on hold; returns what was paid or released."""
    paid = []
    for payout in Payout.objects.all().waiting_for(referrer.pk).order_by("pk"):
        if Payout.objects.filter(pk=payout.pk, status=Status.WAITING).update(status=Status.PAID):
            grant_payout(_with_link(payout.pk), at)
            paid.append(payout.pk)
    released = []
    for entry in _on_hold().filter(key__in=_keys_of(referrer)):
        release_reward(key=entry.key, at=at)
        released.append(entry.pk)
    return {"paid": paid, "released": released}


@transaction.atomic
def take_back_release(referrer: User, record: dict[str, list[int]], at: datetime) -> None:
    """Reverse a release: what it paid waits again. Rewards released from a hold stay usable."""
    for payout in Payout.objects.filter(pk__in=record.get("paid", ()), referrer=referrer, status=Status.PAID):
        if Payout.objects.filter(pk=payout.pk, status=Status.PAID).update(status=Status.WAITING):
            _revoke(payout, at)


def release_checked(*, at: datetime) -> int:
    """Release rewards that were on hold for a check for three days without a rejection; returns how many."""
    due = _on_hold().filter(held_at__lte=at - HELD_FOR_A_CHECK)
    return sum(release_reward(key=key, at=at) for key in list(due.values_list("key", flat=True)))


def still_held(referrer: User) -> PayoutQuerySet:
    """Paid payouts of the referrer with a grant that is on hold now. Cost  2 queries."""
    paid = Payout.objects.filter(referrer=referrer, status=Status.PAID).exclude(held_for="")
    held = set(
        RewardEntry.objects.filter(key__in=_keys_of(referrer), held_at__isnull=False).values_list("key", flat=True)
    )
    ids = [one.pk for one in paid if held.intersection(one.ledger_keys.values())]
    return Payout.objects.filter(pk__in=ids)


def _on_hold() -> QuerySet[RewardEntry]:
    return RewardEntry.objects.filter(held_for=UNTIL_CHECKED, held_at__isnull=False)


def _keys_of(referrer: User) -> list[str]:
    payouts = Payout.objects.filter(referrer=referrer, status=Status.PAID)
    return [key for payout in payouts for key in payout.ledger_keys.values()]


def _with_link(pk: int) -> Payout:
    return Payout.objects.select_related("link__loop").get(pk=pk)


def _revoke(payout: Payout, at: datetime) -> None:
    """Revoke what the payout granted, except a side's reward that another paid payout of the same key earned too."""
    others = Payout.objects.filter(key=payout.key, status=Status.PAID).exclude(pk=payout.pk)
    kept = {key for other in others for key in other.ledger_keys.values()}
    for key in payout.ledger_keys.values():
        if key not in kept and is_granted([key]):
            revoke_reward(key=key, reason=REVERSED, at=at)
