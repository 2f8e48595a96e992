from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Model, QuerySet

from loops.core.rewards.lots import lock_ledger, settle_debts
from loops.events import RewardGranted, RewardHeld
from loops.models import DailyRewardTotal, DailySpend, RewardEntry, RewardTerms, SpendLimit
from loops.rules.economy import OVERALL, Reward, goes_to_parent, waits_for
from viral_engine.accounts.models import Consent, User
from viral_engine.accounts.services.consent import is_child
from viral_engine.kernel import clock
from viral_engine.kernel.agent_registry import INCENTIVES
from viral_engine.kernel.models import Decision
from viral_engine.kernel.services import announce, announce_unlogged, record_decisions
from viral_engine.learning.services.xp import add_xp

AGENT = INCENTIVES.key
REFERRAL_XP = "referral_xp"


class GrantRefused(Exception):
    """Nothing was granted; `reason` is the code for the log, the text is for the person."""

    reason = "refused"
    room = 0  # a smaller amount that would be granted


class DailyCapReached(GrantRefused):
    """The daily cap leaves no room for this grant, only for `room`."""

    reason = "daily_cap"

    def __init__(self, terms: Reward, room: int = 0) -> None:
        super().__init__(f"You can get {terms.count(terms.daily_cap)} a day. Try again tomorrow.")
        self.room = room


class SpendLimitReached(GrantRefused):
    """The site reached today's spend limit, overall or for this loop."""

    def __init__(self, scope: str) -> None:
        super().__init__("All of today's rewards have been given out. Try again tomorrow.")
        self.reason = f"spend_limit_{scope}"


class NoParentYet(GrantRefused):
    """The reward goes to a parent, and no parent has given consent yet."""

    reason = "no_parent_yet"


def grant_reward(
    *, user: User, kind: str, amount: int, reason: str, key: str, at: datetime, loop: str = "", held_for: str = ""
) -> RewardEntry:
    """Grant a reward once per key; a repeated key returns the first entry.

    A loop's reward for a child under 13 goes to the parent who gave consent, except for streak shields. With
    `held_for`, the person sees the grant but cannot use it until it is released.

    Cost      6 statements, 2 more for the day's first of a kind, 1 more for a child; 1 if the key exists. A kind that
              costs money adds 2, 3 with a loop, and 2 more each for the day's first.
    Raises    GrantRefused: DailyCapReached, SpendLimitReached, NoParentYet; the refusal is logged. ValueError for an
              amount below 1 or beyond the column, and for a key of another person's entry; KeyError for an unknown
              kind.
    Announces RewardGranted, once; RewardHeld instead for a held grant.
    """
    try:
        return write_grant(
            user=user, kind=kind, amount=amount, reason=reason, key=key, at=at, loop=loop, held_for=held_for
        )
    except GrantRefused as refusal:
        record_refusal(refusal, user=user, features={"kind": kind, "amount": amount, "loop": loop, "key": key}, at=at)
        raise


@dataclass(frozen=True, slots=True)
class Granted:
    """How much of a reward was granted; where that is less than was earned, `reason` is the code."""

    amount: int
    reason: str = ""


def grant_up_to(
    *, user: User, kind: str, amount: int, reason: str, key: str, at: datetime, loop: str, held_for: str = ""
) -> Granted:
    """Grant as much of `amount` as the person's daily cap allows; a shortfall is logged once.

    Cost    as a grant; over the cap as two, and 2 more statements.
    """
    granted = 0
    grant = partial(write_grant, user=user, kind=kind, reason=reason, key=key, loop=loop, at=at, held_for=held_for)
    try:
        return Granted(grant(amount=amount).amount)
    except GrantRefused as why:
        refusal = why
    if refusal.room:
        with suppress(GrantRefused):  # another grant took the room meanwhile
            granted = grant(amount=min(amount, refusal.room)).amount
    features = {"kind": kind, "amount": amount, "granted": granted, "loop": loop, "key": key}
    record_refusal(refusal, user=user, features=features, at=at)
    return Granted(granted, refusal.reason)


def is_granted(keys: Iterable[str]) -> bool:
    """Return whether the ledger has an entry under any of the keys; 1 query."""
    return RewardEntry.objects.filter(key__in=list(keys)).exists()


def record_refusal(refusal: GrantRefused, *, user: User, features: dict[str, Any], at: datetime) -> None:
    """Log a refused grant; call it outside the transaction that the refusal rolled back."""
    record_refusals([(refusal, user, features)], at=at)


def record_refusals(refused: Sequence[tuple[GrantRefused, User, dict[str, Any]]], *, at: datetime) -> None:
    """Log refused grants. Cost  1 insert, none without refusals."""
    decisions = [
        Decision(
            agent=AGENT,
            actor_id=user.pk,
            type="grant_reward",
            outcome="refuse",
            rationale=refusal.reason,
            features=features,
            decided_at=at,
        )
        for refusal, user, features in refused
    ]
    if decisions:
        record_decisions(*decisions)


@transaction.atomic
def write_grant(
    *, user: User, kind: str, amount: int, reason: str, key: str, at: datetime, loop: str = "", held_for: str = ""
) -> RewardEntry:
    """Grant like `grant_reward`, for callers whose transaction holds more than the grant and who log refusals."""
    if not 1 <= amount <= RewardEntry.MAX_AMOUNT:  # on PostgreSQL a larger one comes back as a negative one
        raise ValueError(f"a grant of {amount}")
    entry = RewardEntry.objects.filter(key=key).first()
    if entry is None:
        terms, owner = RewardTerms.objects.all().of(kind), _recipient(user, kind, loop, at)
        fresh = RewardEntry(
            user=owner,
            kind=kind,
            cause=RewardEntry.Cause.GRANT,
            amount=amount,
            left=amount,
            reason=reason,
            key=key,
            loop=loop,
            earned_by=None if owner == user else user,
            cost_cents=amount * terms.cost_cents,
            at=at,
            expires_at=at + terms.lasts if terms.lasts else None,
            held_at=at if held_for else None,
            held_for=held_for,
        )
        entry = _insert(fresh, terms, at)
    if entry.kind != kind or user.pk not in (entry.user_id, entry.earned_by_id):
        raise ValueError(f"the key {key} belongs to another entry")
    return entry


def _recipient(user: User, kind: str, loop: str, at: datetime) -> User:
    """Return the account the reward goes to; 1 query for a child, none for others."""
    if not goes_to_parent(kind, loop, is_child=is_child(user, at)):
        return user
    agreed = Consent.objects.in_force().filter(child=user, kind=Consent.Kind.COPPA).order_by("given_at", "pk")
    consent = agreed.select_related("given_by").first()
    if consent is None:
        raise NoParentYet("This reward goes to your parent once they say yes.")
    return consent.given_by


def _insert(fresh: RewardEntry, terms: Reward, at: datetime) -> RewardEntry:
    """Insert, count and announce the entry; return the existing entry if a concurrent grant used the key first."""
    has_debts = RewardEntry.objects.of(fresh.user_id).filter(kind=fresh.kind).in_debt().exists()
    if has_debts:
        lock_ledger(fresh.user_id)
    try:
        with transaction.atomic():
            fresh.save(force_insert=True)
    except IntegrityError:
        return RewardEntry.objects.get(key=fresh.key)
    _count_towards_cap(fresh, terms, at)
    _count_towards_limits(fresh, at)
    if fresh.held_at:
        held = RewardHeld(
            actor_id=fresh.user_id, kind=fresh.kind, amount=fresh.amount, waits_for=waits_for(fresh.held_for)
        )
        announce_unlogged(held, at=at)
        return fresh
    announce_grant(fresh, at)
    if has_debts:
        settle_debts(fresh.user_id, fresh.kind, at)
        fresh.refresh_from_db(fields=["left"])
    return fresh


def announce_grant(entry: RewardEntry, at: datetime) -> None:
    """Announce a grant once: when it is made, or when it is released. XP for inviting reaches the learner's XP."""
    is_new = announce(granted_event(entry), at=at, key=announced_key(entry))
    if is_new and entry.kind == REFERRAL_XP:
        add_xp(user=entry.user, xp=entry.amount)


def granted_event(entry: RewardEntry) -> RewardGranted:
    return RewardGranted(actor_id=entry.user_id, kind=entry.kind, amount=entry.amount, reason=entry.reason)


def announced_key(entry: RewardEntry) -> str:
    return f"granted:{entry.key}"


def _count_towards_cap(entry: RewardEntry, terms: Reward, at: datetime) -> None:
    whose = {"user_id": entry.user_id, "kind": entry.kind, "on": clock.today(at)}
    day = DailyRewardTotal.objects.filter(**whose)
    if not _add_within_cap(day, DailyRewardTotal(**whose), "granted", entry.amount, terms.daily_cap):
        granted = day.values_list("granted", flat=True).first() or 0
        raise DailyCapReached(terms, room=max(0, terms.daily_cap - granted))


def _count_towards_limits(entry: RewardEntry, at: datetime) -> None:
    """Count the cost overall and for the loop, always in this order, so that concurrent grants cannot deadlock."""
    if not entry.cost_cents:
        return
    scopes = [OVERALL, entry.loop] if entry.loop else [OVERALL]
    limits = dict(SpendLimit.objects.filter(scope__in=scopes).values_list("scope", "cents_a_day"))
    for scope in scopes:
        which = {"scope": scope, "on": clock.today(at)}
        day = DailySpend.objects.filter(**which)
        if not _add_within_cap(day, DailySpend(**which), "spent_cents", entry.cost_cents, limits.get(scope)):
            raise SpendLimitReached(scope)


def _add_within_cap(row: QuerySet[Any], fresh: Model, field: str, amount: int, cap: int | None) -> bool:
    """Add the amount if it fits under the cap, by one conditional update; return whether it did.

    The first grant of a day creates the row and retries: 2 more statements.
    """
    room = row if cap is None else row.filter(**{f"{field}__lte": cap - amount})
    counted = {field: F(field) + amount}
    if room.update(**counted):
        return True
    type(fresh)._default_manager.bulk_create([fresh], ignore_conflicts=True)
    return bool(room.update(**counted))
