"""The ledger's only writers. A grant or a redemption repeated under its key changes nothing."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from loops import rules
from loops.events import RewardGranted, RewardRedeemed
from loops.models import RewardDay, RewardEntry
from viral_engine.accounts.models import User
from viral_engine.kernel.services import announce


class DailyCapReached(Exception):
    """The person was granted all they may have of this kind today; nothing was written."""


class NotEnough(Exception):
    """The person holds less than asked for; nothing was written."""


@transaction.atomic
def grant_reward(*, user: User, kind: str, amount: int, reason: str, key: str, at: datetime) -> RewardEntry:
    """The ledger holds this grant, once per key; a repeated key returns the first line.

    Cost      6 statements, 1 when it exists.
    Raises    DailyCapReached; ValueError for an amount below 1; KeyError for an unknown kind.
    Announces RewardGranted, once.
    """
    terms = rules.REWARDS[kind]
    if amount < 1:
        raise ValueError(f"a grant of {amount}")
    entry, is_new = RewardEntry.objects.get_or_create(
        key=key,
        defaults={
            "user": user,
            "kind": kind,
            "amount": amount,
            "reason": reason,
            "cost_cents": amount * terms.cost_cents,
            "at": at,
            "expires_at": at + terms.lasts if terms.lasts else None,
        },
    )
    if is_new:
        _count_towards_cap(user, kind, amount, terms.daily_cap, at)
        announce(RewardGranted(actor_id=user.pk, kind=kind, amount=amount, reason=reason), at=at, key=f"granted:{key}")
    return entry


def _count_towards_cap(user: User, kind: str, amount: int, cap: int, at: datetime) -> None:
    day, _ = RewardDay.objects.get_or_create(user=user, kind=kind, on=at.date())
    room = RewardDay.objects.filter(pk=day.pk, granted__lte=cap - amount)
    if not room.update(granted=F("granted") + amount):
        raise DailyCapReached(f"{kind}: {cap} a day")


@transaction.atomic
def redeem_reward(*, user: User, kind: str, amount: int, reason: str, key: str, at: datetime) -> RewardEntry:
    """The ledger holds this use, taken from the oldest grants; a repeated key returns the first line.

    Cost      5 statements.
    Raises    NotEnough; ValueError for an amount below 1.
    Announces RewardRedeemed, once.
    """
    if amount < 1:
        raise ValueError(f"a redemption of {amount}")
    # Uses of one person wait for each other: the row lock on PostgreSQL, the IMMEDIATE transaction on SQLite.
    User.objects.select_for_update().get(pk=user.pk)
    existing = RewardEntry.objects.filter(key=key).first()
    if existing is not None:
        return existing
    if RewardEntry.objects.all().holdings(user.pk, at).get(kind, 0) < amount:
        raise NotEnough(f"{kind}: {amount} asked")
    entry = RewardEntry.objects.create(user=user, kind=kind, amount=-amount, reason=reason, key=key, at=at)
    announce(RewardRedeemed(actor_id=user.pk, kind=kind, amount=amount, reason=reason), at=at, key=f"redeemed:{key}")
    return entry
