"""Facts about active days and members: when they joined, through whom, and when they came back."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db.models import Max

from loops.events import SignupAttributed
from monitoring.growth.context import counted_events, load_people, read_links
from monitoring.growth.rules import counting
from monitoring.growth.rules.counting import CountingContext, CountKey, Counts, MemberFacts
from monitoring.growth.services.fact_rows import count_change, delete_rows, upsert_rows
from monitoring.models import GrowthActiveDay, GrowthMember
from viral_engine.accounts.events import AccountCreated
from viral_engine.kernel.models import LoggedEvent

JOINING = (AccountCreated.type, SignupAttributed.type)
MAX_GENERATIONS = 50  # generations; attribution itself refuses chains of 20
MEMBER_COLUMNS = (
    "persona",
    "joined_at",
    "referrer_id",
    "loop",
    "attributed_at",
    "generation",
    "back_1",
    "back_7",
    "back_28",
    "last_active_on",
)


# -- Days ----------------------------------------------------------------------------------------------------
def recompute_days(active: set[tuple[int, date]], known: CountingContext, gained: Counts) -> set[int]:
    """Recompute (person, day) pairs, and return the people whose days changed.

    A day counts as long as it has one valid event.
    """
    if not active:
        return set()
    people, days = {user_id for user_id, _ in active}, [on for _, on in active]
    first, last = min(days), max(days)
    had = set(GrowthActiveDay.objects.filter(user_id__in=people, on__range=(first, last)).values_list("user_id", "on"))
    has = active_days(people - known.excluded, first, last)
    new, gone = (has - had) & active, (had - has) & active
    GrowthActiveDay.objects.bulk_create([GrowthActiveDay(user_id=user_id, on=on) for user_id, on in new])
    for on in {on for _, on in gone}:
        GrowthActiveDay.objects.filter(on=on, user_id__in=[user_id for user_id, day in gone if day == on]).delete()
    load_people(known, people)
    for amount, changed in ((1, new), (-1, gone)):
        for user_id, on in changed:
            gained[CountKey("active", on, persona=known.personas.get(user_id, ""))] += amount
    return {user_id for user_id, _ in new | gone}


def active_days(people: Collection[int], first: date, last: date) -> set[tuple[int, date]]:
    since, until = counting.start_of(first), counting.start_of(last + timedelta(days=1))
    events = LoggedEvent.objects.filter(
        actor_id__in=people, type__in=counting.ACTIVE, at__gte=since, at__lt=until, is_invalid=False
    )
    return {(user_id, counting.day_of(at)) for user_id, at in events.values_list("actor_id", "at") if user_id}


# -- Members ------------------------------------------------------------------------------------------------
def recompute_members(ids: Collection[int], known: CountingContext, gained: Counts) -> tuple[set[int], set[int]]:
    """The people whose generation moved, and the referrers whose sign-ups may have changed."""
    waiting, moved, referrers = set(ids), set[int](), set[int]()
    for _ in range(MAX_GENERATIONS):
        if not waiting:
            break
        old = {row.user_id: member_of(row) for row in GrowthMember.objects.filter(pk__in=waiting)}
        new = members_now(waiting, known)
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


def member_of(row: GrowthMember) -> MemberFacts:
    back = (row.back_1, row.back_7, row.back_28)
    return MemberFacts(
        row.user_id, row.persona, row.joined_at, row.referrer_id, row.loop, row.attributed_at, row.generation, back
    )


def members_now(ids: Collection[int], known: CountingContext) -> dict[int, MemberFacts]:
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
    count_change(gained, old.values(), new.values())
    delete_rows(GrowthMember, "user_id", set(old) - set(new))
    rows = [
        GrowthMember(
            user_id=one.user_id,
            persona=one.persona,
            joined_at=one.joined_at,
            referrer_id=one.referrer_id,
            loop=one.loop,
            attributed_at=one.attributed_at,
            generation=one.generation,
            back_1=one.back[0],
            back_7=one.back[1],
            back_28=one.back[2],
            last_active_on=last.get(one.user_id),
        )
        for one in new.values()
    ]
    upsert_rows(rows, ("user_id",), MEMBER_COLUMNS)
