"""Hold, release, revoke and restore grants after a review. Grants are identified by their keys."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from loops.core.rewards.expiry import closing_key, write_off
from loops.core.rewards.grants import AGENT, REFERRAL_XP, announce_grant, announced_key, granted_event
from loops.core.rewards.lots import lock_ledger, settle_debts
from loops.events import RewardHeld, RewardRevoked
from loops.models import RewardEntry
from loops.rules.economy import waits_for
from viral_engine.kernel.models import Decision
from viral_engine.kernel.services import announce, announce_unlogged, is_announced, record_decisions
from viral_engine.learning.services.xp import add_xp

Cause = RewardEntry.Cause


@transaction.atomic
def hold_reward(*, key: str, why: str, at: datetime) -> bool:
    """Make the rest of the grant unusable but visible; return False if nothing is left or it is held already.

    Raises    RewardEntry.DoesNotExist.
    Announces RewardHeld, unlogged: the decision log records it.
    """
    grant = _locked(key)
    free = RewardEntry.objects.spendable(at).filter(pk=grant.pk)
    if not free.update(held_at=at, held_for=why):
        return False
    held = RewardHeld(actor_id=grant.user_id, kind=grant.kind, amount=grant.left, waits_for=waits_for(why))
    announce_unlogged(held, at=at)
    _record("hold_reward", "hold", why, grant, {"left": grant.left}, at)
    return True


@transaction.atomic
def release_reward(*, key: str, at: datetime) -> bool:
    """Make a held grant usable for the time it had left when it was held; return False if it was not held.

    Raises    RewardEntry.DoesNotExist.
    Announces RewardGranted, if it was held from the start.
    """
    grant = _locked(key)
    if grant.held_at is None:
        return False
    expires_at = grant.expires_at and grant.expires_at + (at - grant.held_at)
    RewardEntry.objects.filter(pk=grant.pk).update(held_at=None, held_for="", expires_at=expires_at)
    settle_debts(grant.user_id, grant.kind, at)
    announce_grant(grant, at)
    _record("release_reward", "release", f"Was held: {grant.held_for}", grant, {"left": grant.left}, at)
    return True


@transaction.atomic
def revoke_reward(*, key: str, reason: str, at: datetime) -> RewardEntry | None:
    """Reverse a grant with a negative entry: the unspent part is removed, the spent part becomes a debt.

    The person's other grants of the kind, present and future, pay the debt. An expired part is not reversed; return
    None if the whole grant expired. A repeated call returns the first reversal.

    Cost      at most 17 statements.
    Raises    RewardEntry.DoesNotExist.
    Announces RewardRevoked, once.
    """
    grant = _locked(key)
    if RewardEntry.objects.expired(at).filter(pk=grant.pk).exists():
        write_off(grant)
        grant.left = 0
    if (earlier := _reversal_in_force(grant)) is not None:
        return earlier
    lapsed = -sum(line.amount for line in grant.closed_by.filter(cause=Cause.EXPIRY))
    if lapsed == grant.amount:
        return None
    key = closing_key("revoked", grant, Cause.REVERSAL)
    RewardEntry.objects.filter(pk=grant.pk).update(left=0, held_at=None, held_for="")
    spent = grant.amount - lapsed - grant.left
    reversal = RewardEntry.objects.create(
        user_id=grant.user_id,
        kind=grant.kind,
        cause=Cause.REVERSAL,
        amount=lapsed - grant.amount,
        left=-spent,
        reason=reason,
        key=key,
        loop=grant.loop,
        of=grant,
        cost_cents=-grant.left * grant.cost_cents // grant.amount,
        at=at,
    )
    settle_debts(grant.user_id, grant.kind, at)
    revoked = RewardRevoked(actor_id=grant.user_id, kind=grant.kind, amount=-reversal.amount, owed=spent, reason=reason)
    announce(revoked, at=at, key=key)
    if grant.kind == REFERRAL_XP and is_announced(announced_key(grant)):  # held from the start, it never reached XP
        add_xp(user=grant.user, xp=reversal.amount)
    _record("revoke_reward", "revoke", reason, grant, {"taken": grant.left, "owed": spent}, at)
    reversal.refresh_from_db(fields=["left"])
    return reversal


@transaction.atomic
def restore_reward(*, key: str, at: datetime, held_for: str = "") -> bool:
    """Undo the reversal of a grant; False if it is not reversed. No cap counts it: it was counted when it was granted.

    The person has what they would have without the reversal: the unspent part, and what other grants paid of the debt,
    for the time that was left. A grant that was on hold from the start waits again, for `held_for`.

    Cost      at most 12 statements.
    Raises    RewardEntry.DoesNotExist.
    Announces RewardGranted; RewardHeld instead for a held grant.
    """
    grant = _locked(key)
    reversal = _reversal_in_force(grant)
    if reversal is None:
        return False
    is_held = bool(held_for) and not is_announced(announced_key(grant))
    RewardEntry.objects.filter(pk=reversal.pk).update(left=0)
    restoral = RewardEntry.objects.create(
        user_id=grant.user_id,
        kind=grant.kind,
        cause=Cause.RESTORAL,
        amount=-reversal.amount,
        reason="Given back after a review",
        key=f"restored:{reversal.pk}",
        loop=grant.loop,
        of=reversal,
        cost_cents=-reversal.cost_cents,
        at=at,
    )
    RewardEntry.objects.filter(pk=grant.pk).update(
        left=reversal.left - reversal.amount,
        held_at=at if is_held else None,
        held_for=held_for if is_held else "",
        expires_at=_end_without(reversal, grant, at),
    )
    settle_debts(grant.user_id, grant.kind, at)
    _announce_restoral(grant, restoral, is_held=is_held, held_for=held_for, at=at)
    _record("restore_reward", "restore", restoral.reason, grant, {"given": restoral.amount}, at)
    return True


def _end_without(reversal: RewardEntry, grant: RewardEntry, at: datetime) -> datetime | None:
    """The end of a restored grant: the time it had left when it was reversed; its whole time where none was left."""
    if grant.expires_at is None:
        return None
    left = grant.expires_at - reversal.at
    return at + (left if left > timedelta(0) else grant.expires_at - grant.at)


def _announce_restoral(
    grant: RewardEntry, restoral: RewardEntry, *, is_held: bool, held_for: str, at: datetime
) -> None:
    if is_held:
        held = RewardHeld(
            actor_id=grant.user_id, kind=grant.kind, amount=restoral.amount, waits_for=waits_for(held_for)
        )
        announce_unlogged(held, at=at)
        return
    announce(granted_event(restoral), at=at, key=restoral.key)
    if grant.kind == REFERRAL_XP:
        add_xp(user=grant.user, xp=restoral.amount)


def _reversal_in_force(grant: RewardEntry) -> RewardEntry | None:
    return RewardEntry.objects.all().in_force().filter(of=grant).first()


def _locked(key: str) -> RewardEntry:
    """Lock the ledger of the grant's owner and return the grant; 3 statements."""
    owner_id = RewardEntry.objects.values_list("user_id", flat=True).get(key=key, cause=Cause.GRANT)
    lock_ledger(owner_id)
    return RewardEntry.objects.get(key=key)


def _record(type_: str, outcome: str, why: str, grant: RewardEntry, features: dict[str, Any], at: datetime) -> None:
    record_decisions(
        Decision(
            agent=AGENT,
            actor_id=grant.user_id,
            type=type_,
            outcome=outcome,
            rationale=why,
            features={"key": grant.key, "kind": grant.kind, "amount": grant.amount, **features},
            decided_at=at,
        )
    )
