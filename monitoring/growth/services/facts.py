"""Facts about people, recomputed from the logs whenever one of their events changes.

A recomputation reads everything that a person's fact depends on, so the order in which events arrive or are removed
never matters. The counts change by the contribution of the new facts minus that of the old ones.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max

from loops.events import InviteSent, LoopExposed, SignupAttributed
from loops.rules.k_factor import is_new_referee
from monitoring.growth.context import counted_events, load_people, read_clicks, read_links
from monitoring.growth.rules import counting
from monitoring.growth.rules.counting import (
    ANY_LOOP,
    CountingContext,
    CountKey,
    Counts,
    InviterFacts,
    JoinerFacts,
    MemberFacts,
)
from monitoring.models import GrowthActiveDay, GrowthInviter, GrowthJoiner, GrowthMember
from viral_engine.accounts.events import AccountCreated, GuestMerged
from viral_engine.accounts.models import Guest
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.events import FvmReached

JOINING = (AccountCreated.type, SignupAttributed.type)
INVITING = (LoopExposed.type, InviteSent.type)
MAX_GENERATIONS = 50  # generations; attribution itself refuses chains of 20


@dataclass(slots=True)
class AffectedPeople:
    """The people whose facts depend on some events."""

    days: set[tuple[int, date]] = field(default_factory=set)
    members: set[int] = field(default_factory=set)
    persons: set[str] = field(default_factory=set)
    inviters: set[int] = field(default_factory=set)


def people_affected_by(facts: Iterable[counting.CountedEvent], known: CountingContext) -> AffectedPeople:
    found = AffectedPeople()
    for fact in facts:
        if fact.type == FvmReached.type:
            found.persons.add(fact.person_id)
        elif fact.type in {AccountCreated.type, GuestMerged.type} and fact.guest_id:
            found.persons.add(fact.guest_id)
        if fact.actor_id is not None:
            _touch_actor(found, fact, fact.actor_id, known)
    found.persons.discard("")
    return found


def _touch_actor(found: AffectedPeople, fact: counting.CountedEvent, actor_id: int, known: CountingContext) -> None:
    if fact.type in counting.ACTIVE:
        found.days.add((actor_id, fact.on))
    elif fact.type in INVITING:
        found.inviters.add(actor_id)
    elif fact.type in JOINING:
        found.members.add(actor_id)
        found.persons.add(known.person_ids.get(actor_id, ""))


def recompute(touched: AffectedPeople, known: CountingContext) -> Counts:
    """Recompute the facts of all affected people; return the change of the counts.

    Cost  about 20 queries and as many writes, whatever the number of people; 2 more for each generation that moved.
    """
    gained = _recompute_days(touched, known)
    moved, referrers = _recompute_members(touched, known, gained)
    inviters = touched.inviters | moved | referrers | _recompute_joiners(touched.persons, known, gained)
    _recompute_inviters(inviters, known, gained)
    return gained


# -- Days ----------------------------------------------------------------------------------------------------
def _recompute_days(touched: AffectedPeople, known: CountingContext) -> Counts:
    """A day counts as long as it has one valid event."""
    if not touched.days:
        return Counter()
    people, days = {user_id for user_id, _ in touched.days}, [on for _, on in touched.days]
    first, last = min(days), max(days)
    had = set(GrowthActiveDay.objects.filter(user_id__in=people, on__range=(first, last)).values_list("user_id", "on"))
    has = _active_days(people - known.excluded, first, last)
    new, gone = (has - had) & touched.days, (had - has) & touched.days
    GrowthActiveDay.objects.bulk_create([GrowthActiveDay(user_id=user_id, on=on) for user_id, on in new])
    for on in {on for _, on in gone}:
        GrowthActiveDay.objects.filter(on=on, user_id__in=[user_id for user_id, day in gone if day == on]).delete()
    load_people(known, people)
    gained: Counts = Counter()
    for amount, changed in ((1, new), (-1, gone)):
        for user_id, on in changed:
            gained[CountKey("active", on, persona=known.personas.get(user_id, ""))] += amount
    touched.members |= {user_id for user_id, _ in new | gone}
    return gained


def _active_days(people: Collection[int], first: date, last: date) -> set[tuple[int, date]]:
    since, until = counting.start_of(first), counting.start_of(last + timedelta(days=1))
    events = LoggedEvent.objects.filter(
        actor_id__in=people, type__in=counting.ACTIVE, at__gte=since, at__lt=until, is_invalid=False
    )
    return {(user_id, counting.day_of(at)) for user_id, at in events.values_list("actor_id", "at") if user_id}


# -- Members -------------------------------------------------------------------------------------------------
def _recompute_members(touched: AffectedPeople, known: CountingContext, gained: Counts) -> tuple[set[int], set[int]]:
    """Returns the people whose generation moved, and the referrers whose sign-ups may have changed."""
    waiting, moved, referrers = set(touched.members), set[int](), set[int]()
    for _ in range(MAX_GENERATIONS):
        if not waiting:
            break
        old = {row.user_id: _member_of(row) for row in GrowthMember.objects.filter(pk__in=waiting)}
        new = _members_now(waiting, known)
        _write_members(old, new, gained)
        climbed = {one for one in waiting if _generation(old.get(one)) != _generation(new.get(one))}
        moved |= climbed | (old.keys() ^ new.keys())
        for one in waiting:
            before, after = _credited(old.get(one)), _credited(new.get(one))
            referrers |= {credit[0] for credit in (before, after) if credit and before != after}
        # The people they referred move one generation too.
        children = GrowthMember.objects.filter(referrer_id__in=climbed).values_list("user_id", flat=True)
        waiting = set(children) if climbed else set()
    return moved, referrers


def _generation(member: MemberFacts | None) -> int:
    return member.generation if member is not None else 0


def _credited(member: MemberFacts | None) -> tuple[int, str, datetime | None] | None:
    """The referrer, the loop and the time of the attribution."""
    if member is None or member.referrer_id is None:
        return None
    return member.referrer_id, member.loop, member.attributed_at


def _member_of(row: GrowthMember) -> MemberFacts:
    back = (row.back_1, row.back_7, row.back_28)
    return MemberFacts(
        row.user_id, row.persona, row.joined_at, row.referrer_id, row.loop, row.attributed_at, row.generation, back
    )


def _members_now(ids: Collection[int], known: CountingContext) -> dict[int, MemberFacts]:
    events = LoggedEvent.objects.filter(actor_id__in=ids, type__in=JOINING, is_invalid=False).order_by("at", "pk")
    facts = counted_events(events)
    read_links(known, {fact.link_code for fact in facts if fact.link_code} - known.links.keys())
    load_people(known, ids)
    joined: dict[int, datetime] = {}
    brought: dict[int, counting.CountedEvent] = {}
    for fact in facts:
        if fact.actor_id is None or not known.counts(fact):
            continue
        if fact.type == AccountCreated.type:
            joined.setdefault(fact.actor_id, fact.at)
        elif int(fact.properties["referrer_id"]) not in known.excluded:
            brought.setdefault(fact.actor_id, fact)
    referrers = {int(fact.properties["referrer_id"]) for fact in brought.values()}
    generations = dict(GrowthMember.objects.filter(pk__in=referrers).values_list("user_id", "generation"))
    back = _back_days({one: counting.day_of(at) for one, at in joined.items()})
    return {
        one: _member_now(one, known, joined.get(one), brought.get(one), generations, back)
        for one in set(ids) - known.excluded
    }


def _member_now(
    one: int,
    known: CountingContext,
    joined_at: datetime | None,
    brought: counting.CountedEvent | None,
    generations: dict[int, int],
    back: set[tuple[int, int]],
) -> MemberFacts:
    referrer_id = int(brought.properties["referrer_id"]) if brought else None
    return MemberFacts(
        one,
        known.personas.get(one, ""),
        joined_at,
        referrer_id,
        str(brought.properties.get("loop", "")) if brought else "",
        brought.at if brought else None,
        min(MAX_GENERATIONS, generations.get(referrer_id, 0) + 1) if referrer_id is not None else 0,
        ((one, 1) in back, (one, 7) in back, (one, 28) in back),
    )


def _back_days(joined: dict[int, date]) -> set[tuple[int, int]]:
    """(member, days after joining) of those days among 1, 7 and 28 on which they practiced."""
    if not joined:
        return set()
    wanted = {joined_on + timedelta(days=days) for joined_on in joined.values() for days in counting.BACK_AFTER}
    rows = GrowthActiveDay.objects.filter(user_id__in=joined, on__in=wanted).values_list("user_id", "on")
    return {(user_id, (on - joined[user_id]).days) for user_id, on in rows}


def _write_members(old: dict[int, MemberFacts], new: dict[int, MemberFacts], gained: Counts) -> None:
    last = dict(GrowthActiveDay.objects.filter(user_id__in=new).order_by().values_list("user_id").annotate(Max("on")))
    _count(gained, old.values(), new.values())
    _drop(GrowthMember, "user_id", set(old) - set(new))
    columns = ("persona", "joined_at", "referrer_id", "loop", "attributed_at", "generation")
    rows = [
        GrowthMember(
            user_id=one.user_id,
            back_1=one.back[0],
            back_7=one.back[1],
            back_28=one.back[2],
            last_active_on=last.get(one.user_id),
            **{name: getattr(one, name) for name in columns},
        )
        for one in new.values()
    ]
    _write(rows, ("user_id",), (*columns, "back_1", "back_7", "back_28", "last_active_on"))


# -- Joiners -------------------------------------------------------------------------------------------------
def _recompute_joiners(person_ids: Collection[str], known: CountingContext, gained: Counts) -> set[int]:
    """Returns the inviters of every joiner that was or is."""
    if not person_ids:
        return set()
    old = {row.person_id: _joiner_of(row) for row in GrowthJoiner.objects.filter(pk__in=person_ids)}
    new = _joiners_now(person_ids, known)
    _count(gained, old.values(), new.values())
    _drop(GrowthJoiner, "person_id", set(old) - set(new))
    columns = ("inviter_id", "loop", "persona", "channel", "reached_at", "waited_s")
    rows = [
        GrowthJoiner(person_id=one.person_id, **{name: getattr(one, name) for name in columns})
        for one in new.values()
        if old.get(one.person_id) != one
    ]
    _write(rows, ("person_id",), columns)
    return {one.inviter_id for one in (*old.values(), *new.values())}


def _joiner_of(row: GrowthJoiner) -> JoinerFacts:
    return JoinerFacts(row.person_id, row.inviter_id, row.loop, row.persona, row.channel, row.reached_at, row.waited_s)


def _joiners_now(person_ids: Collection[str], known: CountingContext) -> dict[str, JoinerFacts]:
    keys = [f"fvm:{person_id}" for person_id in person_ids]
    events = counted_events(
        LoggedEvent.objects.filter(idempotency_key__in=keys, is_invalid=False).exclude(link_code="")
    )
    read_links(known, {fact.link_code for fact in events} - known.links.keys())
    load_people(known, {known.links[fact.link_code].owner_id for fact in events if fact.link_code in known.links})
    read_clicks(known, {fact.link_code for fact in events}, {fact.person_id for fact in events})
    guests = Guest.objects.filter(pk__in=[fact.guest_id for fact in events if fact.guest_id], user__isnull=False)
    owner_of = {str(guest_id): user_id for guest_id, user_id in guests.values_list("pk", "user_id") if user_id}
    load_people(known, set(owner_of.values()))
    members = {fact.actor_id for fact in events if fact.actor_id is not None} | set(owner_of.values())
    brought = dict(GrowthMember.objects.filter(pk__in=members).values_list("user_id", "referrer_id"))
    found = (_joiner_now(fact, known, owner_of, brought) for fact in events)
    return {one.person_id: one for one in found if one is not None}


def _joiner_now(
    fact: counting.CountedEvent, known: CountingContext, owner_of: dict[str, int], brought: dict[int, int | None]
) -> JoinerFacts | None:
    """The joiner by the rule of `is_new_referee`; None for everybody else."""
    link = known.links.get(fact.link_code)
    if link is None or not known.counts(fact):
        return None
    account_id = owner_of.get(fact.guest_id)
    user_id = fact.actor_id if fact.actor_id is not None else account_id
    is_new = is_new_referee(
        referrer_id=link.owner_id,
        actor_id=fact.actor_id,
        account_id=account_id,
        is_same_person=user_id is not None and known.person_ids.get(user_id) == fact.person_id,
        credited_id=brought.get(user_id) if user_id is not None else None,
    )
    if not is_new or user_id in known.excluded:
        return None
    return JoinerFacts(
        fact.person_id,
        link.owner_id,
        link.loop,
        known.personas.get(link.owner_id, ""),
        known.channel(fact.link_code, fact.person_id, fact.at),
        fact.at,
        known.waited_s(fact.link_code, fact.person_id, fact.at),
    )


# -- Inviters ------------------------------------------------------------------------------------------------
def _recompute_inviters(ids: Collection[int], known: CountingContext, gained: Counts) -> None:
    if not ids:
        return
    old = {(row.user_id, row.loop): (row.pk, _inviter_of(row)) for row in GrowthInviter.objects.filter(user_id__in=ids)}
    new = _inviters_now(set(ids) - known.excluded, known)
    _count(gained, (facts for _, facts in old.values()), new.values())
    _drop(GrowthInviter, "pk", {pk for key, (pk, _) in old.items() if key not in new})
    columns = ("persona", "generation", "exposed_at", "invites", "sign_ups", "joined_after")
    rows = [
        GrowthInviter(
            user_id=one.user_id,
            loop=one.loop,
            exposed_on=counting.day_of(one.exposed_at),
            **{name: getattr(one, name) for name in columns},
        )
        for key, one in new.items()
        if key not in old or old[key][1] != one
    ]
    _write(rows, ("user_id", "loop"), (*columns, "exposed_on"))


def _inviter_of(row: GrowthInviter) -> InviterFacts:
    return InviterFacts(
        row.user_id,
        row.loop,
        row.persona,
        row.generation,
        row.exposed_at,
        row.invites,
        row.sign_ups,
        tuple(row.joined_after),
    )


Dated = defaultdict[tuple[int, str], list[datetime]]


def _inviters_now(ids: Collection[int], known: CountingContext) -> dict[tuple[int, str], InviterFacts]:
    load_people(known, ids)
    exposures, invites = Dated(list), Dated(list)
    events = LoggedEvent.objects.filter(actor_id__in=ids, type__in=INVITING, is_invalid=False)
    for kind, user_id, loop, at in events.values_list("type", "actor_id", "properties__loop", "at"):
        _note(exposures if kind == LoopExposed.type else invites, user_id or 0, str(loop), at)
    referees = _dated(GrowthJoiner.objects.filter(inviter_id__in=ids).values_list("inviter_id", "loop", "reached_at"))
    brought = GrowthMember.objects.filter(referrer_id__in=ids).values_list("referrer_id", "loop", "attributed_at")
    sign_ups = _dated(brought)
    generations = dict(GrowthMember.objects.filter(pk__in=ids).values_list("user_id", "generation"))
    found = {}
    for user_id, loop in exposures:
        key = user_id, loop
        facts = counting.inviter_facts(
            MemberFacts(user_id, known.personas.get(user_id, ""), generation=generations.get(user_id, 0)),
            loop,
            exposures=exposures[key],
            invites=invites.get(key, ()),
            referees=referees.get(key, ()),
            sign_ups=sign_ups.get(key, ()),
        )
        if facts is not None:
            found[key] = facts
    return found


def _dated(rows: Iterable[tuple[Any, str, Any]]) -> Dated:
    found = Dated(list)
    for user_id, loop, at in rows:
        _note(found, user_id, loop, at)
    return found


def _note(found: Dated, user_id: int, loop: str, at: datetime) -> None:
    """Adds the moment to its loop and to all loops together."""
    found[user_id, loop].append(at)
    found[user_id, ANY_LOOP].append(at)


# -- Writing -------------------------------------------------------------------------------------------------
Countable = MemberFacts | JoinerFacts | InviterFacts


def _count(gained: Counts, old: Iterable[Countable], new: Iterable[Countable]) -> None:
    for facts in old:
        gained.subtract(facts.counts())
    for facts in new:
        gained.update(facts.counts())


def _drop(model: Any, column: str, keys: Collection[object]) -> None:
    if keys:
        model.objects.filter(**{f"{column}__in": keys}).delete()


def _write(rows: list[Any], unique: tuple[str, ...], columns: tuple[str, ...]) -> None:
    if rows:
        type(rows[0]).objects.bulk_create(
            rows, update_conflicts=True, unique_fields=unique, update_fields=columns, batch_size=1000
        )
