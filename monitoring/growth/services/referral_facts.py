"""Facts about referees and their referrers."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from loops.events import InviteSent, LoopExposed
from loops.rules.k_factor import is_new_referee
from monitoring.growth.context import counted_events, load_people, read_clicks, read_links
from monitoring.growth.rules import counting
from monitoring.growth.rules.counting import (
    ANY_LOOP,
    CountingContext,
    Counts,
    MemberFacts,
    RefereeFacts,
    ReferrerFacts,
)
from monitoring.growth.services.fact_rows import count_change, delete_rows, upsert_rows
from monitoring.models import GrowthMember, GrowthReferee, GrowthReferrer
from viral_engine.accounts.models import Guest
from viral_engine.kernel.models import LoggedEvent

INVITING = (LoopExposed.type, InviteSent.type)
REFEREE_COLUMNS = ("referrer_id", "loop", "persona", "channel", "reached_at", "waited_s")
REFERRER_COLUMNS = ("persona", "generation", "exposed_at", "invites", "sign_ups", "joined_after", "exposed_on")


# -- Referees ------------------------------------------------------------------------------------------------
def recompute_referees(person_ids: Collection[str], known: CountingContext, gained: Counts) -> set[int]:
    """The referrers of every person who is or was a referee."""
    if not person_ids:
        return set()
    old = {row.person_id: referee_of(row) for row in GrowthReferee.objects.filter(pk__in=person_ids)}
    new = referees_now(person_ids, known)
    count_change(gained, old.values(), new.values())
    delete_rows(GrowthReferee, "person_id", set(old) - set(new))
    rows = [
        GrowthReferee(
            person_id=one.person_id,
            referrer_id=one.referrer_id,
            loop=one.loop,
            persona=one.persona,
            channel=one.channel,
            reached_at=one.reached_at,
            waited_s=one.waited_s,
        )
        for one in new.values()
        if old.get(one.person_id) != one
    ]
    upsert_rows(rows, ("person_id",), REFEREE_COLUMNS)
    return {one.referrer_id for one in (*old.values(), *new.values())}


def referee_of(row: GrowthReferee) -> RefereeFacts:
    return RefereeFacts(
        row.person_id, row.referrer_id, row.loop, row.persona, row.channel, row.reached_at, row.waited_s
    )


def referees_now(person_ids: Collection[str], known: CountingContext) -> dict[str, RefereeFacts]:
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
    found = (_referee_now(fact, known, owner_of, brought) for fact in events)
    return {one.person_id: one for one in found if one is not None}


def _referee_now(
    fact: counting.CountedEvent, known: CountingContext, owner_of: dict[str, int], brought: dict[int, int | None]
) -> RefereeFacts | None:
    """The referee by the rule of `is_new_referee`; None for everybody else."""
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
    return RefereeFacts(
        fact.person_id,
        link.owner_id,
        link.loop,
        known.personas.get(link.owner_id, ""),
        known.channel(fact.link_code, fact.person_id, fact.at),
        fact.at,
        known.waited_s(fact.link_code, fact.person_id, fact.at),
    )


# -- Referrers ----------------------------------------------------------------------------------------------
def recompute_referrers(ids: Collection[int], known: CountingContext, gained: Counts) -> None:
    if not ids:
        return
    old = {
        (row.user_id, row.loop): (row.pk, referrer_of(row)) for row in GrowthReferrer.objects.filter(user_id__in=ids)
    }
    new = referrers_now(set(ids) - known.excluded, known)
    count_change(gained, (facts for _, facts in old.values()), new.values())
    delete_rows(GrowthReferrer, "pk", {pk for key, (pk, _) in old.items() if key not in new})
    rows = [
        GrowthReferrer(
            user_id=one.user_id,
            loop=one.loop,
            exposed_on=counting.day_of(one.exposed_at),
            persona=one.persona,
            generation=one.generation,
            exposed_at=one.exposed_at,
            invites=one.invites,
            sign_ups=one.sign_ups,
            joined_after=one.joined_after,
        )
        for key, one in new.items()
        if key not in old or old[key][1] != one
    ]
    upsert_rows(rows, ("user_id", "loop"), REFERRER_COLUMNS)


def referrer_of(row: GrowthReferrer) -> ReferrerFacts:
    return ReferrerFacts(
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


def referrers_now(ids: Collection[int], known: CountingContext) -> dict[tuple[int, str], ReferrerFacts]:
    load_people(known, ids)
    exposures, invites = Dated(list), Dated(list)
    events = LoggedEvent.objects.filter(actor_id__in=ids, type__in=INVITING, is_invalid=False)
    for kind, user_id, loop, at in events.values_list("type", "actor_id", "properties__loop", "at"):
        _note(exposures if kind == LoopExposed.type else invites, user_id or 0, str(loop), at)
    referees = _dated(
        GrowthReferee.objects.filter(referrer_id__in=ids).values_list("referrer_id", "loop", "reached_at")
    )
    brought = GrowthMember.objects.filter(referrer_id__in=ids).values_list("referrer_id", "loop", "attributed_at")
    sign_ups = _dated(brought)
    generations = dict(GrowthMember.objects.filter(pk__in=ids).values_list("user_id", "generation"))
    found = {}
    for user_id, loop in exposures:
        key = user_id, loop
        facts = counting.referrer_facts(
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
