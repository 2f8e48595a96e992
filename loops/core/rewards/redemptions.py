from datetime import datetime

from django.db import transaction

from loops.core.rewards.lots import lock_ledger, settle_debts, spend_lots, spendable_lots
from loops.events import RewardRedeemed
from loops.models import RewardEntry
from viral_engine.accounts.models import User
from viral_engine.kernel.services import announce


class InsufficientBalance(Exception):
    """The balance is too low; nothing was written."""


@transaction.atomic
def redeem_reward(*, user: User, kind: str, amount: int, reason: str, key: str, at: datetime) -> RewardEntry:
    """Redeem a reward from the oldest grants, once per key; a repeated key returns the first entry.

    Cost      at most 8 statements, however many grants pay; 2 if the key exists.
    Raises    InsufficientBalance; ValueError for an amount below 1 or beyond the column, and for a key of another
              entry.
    Announces RewardRedeemed, once.
    """
    if not 1 <= amount <= RewardEntry.MAX_AMOUNT:
        raise ValueError(f"a redemption of {amount}")
    lock_ledger(user.pk)
    existing = RewardEntry.objects.filter(key=key).first()
    if existing is not None:
        if (existing.user_id, existing.kind, existing.amount) != (user.pk, kind, -amount):
            raise ValueError(f"the key {key} belongs to another entry")
        return existing
    settle_debts(user.pk, kind, at)
    lots = spendable_lots(user.pk, kind, at)
    if sum(lot.left for lot in lots) < amount:
        raise InsufficientBalance(f"{kind}: fewer than {amount}")
    spend_lots(lots, amount)
    entry = RewardEntry.objects.create(
        user=user, kind=kind, cause=RewardEntry.Cause.USE, amount=-amount, reason=reason, key=key, at=at
    )
    announce(RewardRedeemed(actor_id=user.pk, kind=kind, amount=amount, reason=reason), at=at, key=f"redeemed:{key}")
    return entry
