"""Spend a person's grants first in, first out. Callers hold the person's lock."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from loops.models import RewardEntry
from loops.rules.economy import amounts_from_lots
from viral_engine.accounts.services.locks import lock_people


def lock_ledger(user_id: int) -> None:
    """Lock the person's ledger before spending, holding, revoking or writing off: 1 statement.

    If a caller forgets the lock, the check on `left` refuses the second of two concurrent writers.
    """
    lock_people(user_id)


def spendable_lots(user_id: int, kind: str, at: datetime) -> list[RewardEntry]:
    """Return the grants that can be spent at this instant, oldest first; 1 query."""
    return list(RewardEntry.objects.of(user_id).filter(kind=kind).spendable(at).order_by("at", "pk"))


def spend_lots(lots: Sequence[RewardEntry], amount: int) -> int:
    """Spend up to `amount` from the lots and return how much was spent. At most 2 statements."""
    parts = amounts_from_lots([lot.left for lot in lots], amount)
    emptied = [lot.pk for lot, part in zip(lots, parts, strict=True) if part == lot.left]
    if emptied:
        RewardEntry.objects.filter(pk__in=emptied).update(left=0)
    for lot, part in zip(lots, parts, strict=True):
        if 0 < part < lot.left:
            RewardEntry.objects.filter(pk=lot.pk).update(left=F("left") - part)
    return sum(parts)


def settle_debts(user_id: int, kind: str, at: datetime) -> None:
    """Pay the person's debts from their spendable grants, so that no grant expires unspent beside a debt.

    Cost  1 query without debts.
    """
    debts = list(RewardEntry.objects.of(user_id).filter(kind=kind).in_debt().order_by("at", "pk"))
    if not debts:
        return
    in_debt = [-debt.left for debt in debts]
    paid = spend_lots(spendable_lots(user_id, kind, at), sum(in_debt))
    for debt, part in zip(debts, amounts_from_lots(in_debt, paid), strict=True):
        if part:
            RewardEntry.objects.filter(pk=debt.pk).update(left=F("left") + part)
