from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Model, QuerySet

from loops import rules
from loops.events import RewardGranted, RewardHeld
from loops.models import RewardDay, RewardEntry, RewardTerms, SpendDay, SpendLimit
from loops.services.rewards.lots import lock_ledger, settle_debts
from viral_engine.accounts.models import Consent, Role, User
from viral_engine.accounts.rules import needs_consent
from viral_engine.kernel.agent_registry import INCENTIVES
from viral_engine.kernel.models import Decision
from viral_engine.kernel.services import announce, mention, record_decisions

AGENT = INCENTIVES.key


class GrantRefused(Exception):
    """Nothing was written; `reason` is the code for the log, the text is for the person."""

    reason = "refused"


class DailyCapReached(GrantRefused):
    """All that may be granted today is granted."""

    reason = "daily_cap"


class SpendLimitReached(DailyCapReached):
    """The site spent all it may today: altogether, or on this loop. A cap of the day like the person's own."""

    def __init__(self, scope: str) -> None:
        super().__init__("All rewards of today are given out. Try again tomorrow.")
        self.reason = f"spend_limit_{scope}"


class NoParentYet(GrantRefused):
    """The reward belongs to a parent, and none has agreed for the child yet."""

    reason = "no_parent_yet"


def grant_reward(
    *, user: User, kind: str, amount: int, reason: str, key: str, at: datetime, loop: str = "", held_for: str = ""
) -> RewardEntry:
    """The ledger holds this grant, once per key; a repeated key returns the first line.

    What a loop pays for a child under 13 is paid to the parent who agreed, shields excepted. `held_for` says what a
    grant waits for: it is seen, and used only once it is released.

    Cost      6 statements, 2 more on the day's first of a kind, 1 more for a child; 1 when it exists. Where it costs us
              anything 2 more, 3 with a loop, and 2 more each on the day's first.
    Raises    GrantRefused: DailyCapReached, SpendLimitReached, NoParentYet; the refusal is logged. ValueError for an
              amount below 1 and for a key of somebody else's line; KeyError for an unknown kind.
    Announces RewardGranted, once; RewardHeld instead while it waits.
    """
    try:
        return write_grant(
            user=user, kind=kind, amount=amount, reason=reason, key=key, at=at, loop=loop, held_for=held_for
        )
    except GrantRefused as refusal:
        record_refusal(refusal, user=user, features={"kind": kind, "amount": amount, "loop": loop, "key": key}, at=at)
        raise


def grant_up_to(*, user: User, kind: str, amount: int, reason: str, key: str, at: datetime, loop: str) -> int:
    """As much of the promised amount as today's caps leave room for; the log says once what was left out.

    Cost    as a grant; 4 statements more for each unit that finds no room.
    """
    refusal: GrantRefused | None = None
    granted = 0
    for part in range(amount, 0, -1):
        try:
            granted = write_grant(user=user, kind=kind, amount=part, reason=reason, key=key, at=at, loop=loop).amount
        except GrantRefused as why:
            refusal = refusal or why
        else:
            break
    if refusal is not None:
        features = {"kind": kind, "amount": amount, "granted": granted, "loop": loop, "key": key}
        record_refusal(refusal, user=user, features=features, at=at)
    return granted


def is_granted(keys: Iterable[str]) -> bool:
    """Whether the ledger has a line under any of the keys; 1 query."""
    return RewardEntry.objects.filter(key__in=list(keys)).exists()


def record_refusal(refusal: GrantRefused, *, user: User, features: dict[str, Any], at: datetime) -> None:
    """The log says what was not granted, and why; outside of whatever the refusal undid."""
    record_decisions(
        Decision(
            agent=AGENT,
            actor_id=user.pk,
            type="grant_reward",
            outcome="refuse",
            rationale=refusal.reason,
            features=features,
            decided_at=at,
        )
    )


@transaction.atomic
def write_grant(
    *, user: User, kind: str, amount: int, reason: str, key: str, at: datetime, loop: str = "", held_for: str = ""
) -> RewardEntry:
    """As `grant_reward`; a refusal is the caller's to log, who undoes more than the grant."""
    if amount < 1:
        raise ValueError(f"a grant of {amount}")
    entry = RewardEntry.objects.filter(key=key).first()
    if entry is None:
        terms, owner = RewardTerms.objects.all().of(kind), _owner(user, kind, loop, at)
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
        entry = _book(fresh, terms, at)
    if entry.kind != kind or user.pk not in (entry.user_id, entry.earned_by_id):
        raise ValueError(f"the key {key} names another line")
    return entry


def _owner(user: User, kind: str, loop: str, at: datetime) -> User:
    """Whose account it goes to; 1 query for a child, none for anybody else."""
    is_child = user.role == Role.STUDENT and needs_consent(user.age_on(at.date()))
    if not rules.goes_to_parent(kind, loop, is_child=is_child):
        return user
    agreed = Consent.objects.in_force().filter(child=user, kind=Consent.Kind.COPPA).order_by("given_at", "pk")
    consent = agreed.select_related("given_by").first()
    if consent is None:
        raise NoParentYet("This goes to your parent, once they have said yes.")
    return consent.given_by


def _book(fresh: RewardEntry, terms: rules.Reward, at: datetime) -> RewardEntry:
    """The line is in the ledger, counted and told of; or the line of the same claim that came first."""
    has_debts = RewardEntry.objects.of(fresh.user_id).filter(kind=fresh.kind).owed().exists()
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
        mention(RewardHeld(actor_id=fresh.user_id, kind=fresh.kind, amount=fresh.amount), at=at)
        return fresh
    announce_grant(fresh, at)
    if has_debts:
        settle_debts(fresh.user_id, fresh.kind, at)
        fresh.refresh_from_db(fields=["left"])
    return fresh


def announce_grant(entry: RewardEntry, at: datetime) -> None:
    """Once per grant: when it is made, or when it is released."""
    granted = RewardGranted(actor_id=entry.user_id, kind=entry.kind, amount=entry.amount, reason=entry.reason)
    announce(granted, at=at, key=f"granted:{entry.key}")


def _count_towards_cap(entry: RewardEntry, terms: rules.Reward, at: datetime) -> None:
    whose = {"user_id": entry.user_id, "kind": entry.kind, "on": at.date()}
    day = RewardDay.objects.filter(**whose)
    if not _counted(day, RewardDay(**whose), "granted", entry.amount, terms.daily_cap):
        raise DailyCapReached(f"{terms.count(terms.daily_cap)} are the most for one day. Try again tomorrow.")


def _count_towards_limits(entry: RewardEntry, at: datetime) -> None:
    """Overall first, then the loop, always in this order: two at once wait for each other and never crosswise."""
    if not entry.cost_cents:
        return
    scopes = [rules.OVERALL, entry.loop] if entry.loop else [rules.OVERALL]
    limits = dict(SpendLimit.objects.filter(scope__in=scopes).values_list("scope", "cents_a_day"))
    for scope in scopes:
        which = {"scope": scope, "on": at.date()}
        day = SpendDay.objects.filter(**which)
        if not _counted(day, SpendDay(**which), "spent_cents", entry.cost_cents, limits.get(scope)):
            raise SpendLimitReached(scope)


def _counted(row: QuerySet[Any], fresh: Model, field: str, amount: int, cap: int | None) -> bool:
    """Whether the amount still fits under the cap, and if so is counted: one conditional update.

    The first of a day makes the row and tries again, 2 statements more.
    """
    room = row if cap is None else row.filter(**{f"{field}__lte": cap - amount})
    counted = {field: F(field) + amount}
    if room.update(**counted):
        return True
    type(fresh)._default_manager.bulk_create([fresh], ignore_conflicts=True)
    return bool(room.update(**counted))
