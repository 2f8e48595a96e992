"""How a person's grants pay: first in, first out. Callers hold the person's lock."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from loops import rules
from loops.models import RewardEntry
from viral_engine.accounts.models import User


def lock_ledger(user_id: int) -> None:
    """Whoever spends, holds, takes back or writes off for this person waits here: 1 statement.

    The row lock on PostgreSQL, which lets foreign keys to the person through; on SQLite the transaction is IMMEDIATE
    and so alone. Were somebody to forget it, the check on `left` refuses the second of two takers.
    """
    User.objects.select_for_update(no_key=True).values_list("pk").get(pk=user_id)


def lots_of(user_id: int, kind: str, at: datetime) -> list[RewardEntry]:
    """What can pay at this instant, oldest first; 1 query."""
    return list(RewardEntry.objects.of(user_id).filter(kind=kind).spendable(at).order_by("at", "pk"))


def take_from(lots: Sequence[RewardEntry], amount: int) -> int:
    """The lots have paid `amount`, or all they had; returns what they paid. At most 2 statements."""
    parts = rules.taken([lot.left for lot in lots], amount)
    emptied = [lot.pk for lot, part in zip(lots, parts, strict=True) if part == lot.left]
    if emptied:
        RewardEntry.objects.filter(pk__in=emptied).update(left=0)
    for lot, part in zip(lots, parts, strict=True):
        if 0 < part < lot.left:
            RewardEntry.objects.filter(pk=lot.pk).update(left=F("left") - part)
    return sum(parts)


def settle_debts(user_id: int, kind: str, at: datetime) -> None:
    """What is owed has been paid by what is there, so that no grant runs out unspent beside a debt.

    Cost  1 query where nothing is owed.
    """
    debts = list(RewardEntry.objects.of(user_id).filter(kind=kind).owed().order_by("at", "pk"))
    if not debts:
        return
    owed = [-debt.left for debt in debts]
    paid = take_from(lots_of(user_id, kind, at), sum(owed))
    for debt, part in zip(debts, rules.taken(owed, paid), strict=True):
        if part:
            RewardEntry.objects.filter(pk=debt.pk).update(left=F("left") + part)
