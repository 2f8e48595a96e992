from datetime import datetime

from django.db import transaction

from loops.core.rewards.lots import lock_ledger
from loops.models import RewardEntry
from loops.rules.economy import EXPIRY_GRACE


def expire_rewards(*, at: datetime, limit: int = 500) -> int:
    """Write off grants that expired more than an hour ago, dated at their expiry; return how many.

    Balances exclude expired grants immediately, so no read depends on this task.

    Cost  1 query, and 5 statements per grant.
    """
    due = RewardEntry.objects.expired(at - EXPIRY_GRACE).order_by("expires_at", "pk")
    return sum(_write_off(pk, user_id, at) for pk, user_id in list(due.values_list("pk", "user_id")[:limit]))


@transaction.atomic
def _write_off(grant_id: int, user_id: int, at: datetime) -> bool:
    lock_ledger(user_id)
    grant = RewardEntry.objects.expired(at - EXPIRY_GRACE).filter(pk=grant_id).first()
    if grant is None:
        return False  # spent, held or written off by now
    write_off(grant)
    return True


def write_off(grant: RewardEntry) -> None:
    """Close an expired grant with a line dated at its expiry; the caller holds the lock. 3 statements."""
    RewardEntry.objects.filter(pk=grant.pk).update(left=0)
    RewardEntry.objects.create(
        user_id=grant.user_id,
        kind=grant.kind,
        cause=RewardEntry.Cause.EXPIRY,
        amount=-grant.left,
        reason="Ran out",
        key=closing_key("expired", grant, RewardEntry.Cause.EXPIRY),
        loop=grant.loop,
        of=grant,
        cost_cents=-grant.left * grant.cost_cents // grant.amount,
        at=grant.expires_at or grant.at,
    )


def closing_key(name: str, grant: RewardEntry, cause: str) -> str:
    """The key of a line that closes a grant. A grant that was restored may be closed in the same way again. 1 query."""
    number = grant.closed_by.filter(cause=cause).count()
    return f"{name}:{grant.pk}" + (f":{number}" if number else "")
