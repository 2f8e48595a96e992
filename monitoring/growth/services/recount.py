"""Compare the stored growth with what a rebuild would count from the logs. Writes nothing.

A rebuild deletes all counts and takes minutes; here every count is added up again beside the stored ones, and every
fact about a person is computed again from their events. Rows that wait to be counted, and the people they are about,
are left out. Purged rows cannot be counted again: then only later days are compared.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Concat

from monitoring.growth.context import counted_events, excluded_people, read_context
from monitoring.growth.rules import counting
from monitoring.growth.rules.counting import CountingContext, CountKey, Counts
from monitoring.growth.services.facts import people_affected_by
from monitoring.growth.services.member_facts import active_days, member_of, members_now
from monitoring.growth.services.referral_facts import referee_of, referees_now, referrer_of, referrers_now
from monitoring.growth.services.rollup import CREDITS, DECISIONS, EVENTS, REWARDS, LogStream, count_credits_of
from monitoring.models import (
    ExcludedEvent,
    GrowthActiveDay,
    GrowthCount,
    GrowthMember,
    GrowthReferee,
    GrowthReferrer,
    IdGap,
    SetAsideRow,
    StreamCursor,
)
from viral_engine.accounts.events import AccountCreated
from viral_engine.kernel.models import LoggedEvent
from viral_engine.kernel.privacy.retention import RETENTION
from viral_engine.kernel.services import has_purged
from viral_engine.learning.events import FvmReached

T = TypeVar("T")
K = TypeVar("K", int, str, tuple[int, str])  # sorts
CHUNK = 2000
MAX_WAITING = 20_000
BEGINNING = date(2000, 1, 1)  # before any row
LOGS = ("events", "decisions", "touches")


class CannotCompare(Exception):
    """The counts are too far behind the logs; the text says how far."""


@dataclass(slots=True)
class _Waiting:
    """People whose stored facts do not know the newest events yet."""

    users: set[int] = field(default_factory=set)
    persons: set[str] = field(default_factory=set)


def differences(*, at: datetime) -> Iterator[str]:
    """Say what is stored and would be counted otherwise; nothing when the counts equal a rebuild.

    Memory  one number for each stored count; rows of logs and people pass in chunks.
    Cost    a read of all logs: 12 queries for each 2,000 events, 15 for each 2,000 people.
    Raises  CannotCompare when more than 20,000 events wait to be counted.
    """
    excluded, waiting = excluded_people(), _people_who_wait()
    since = _compared_since(at)
    yield from _different_members(excluded, waiting, since, until=counting.day_of(at))
    yield from _different_referees(excluded, waiting, since)
    expected = _counts_of_facts()
    for stream, count in _counters(excluded):
        for rows in _chunks(_counted_rows(stream).order_by("pk").iterator(CHUNK)):
            expected.update({key: amount for key, amount in count(rows).items() if key.on >= since})
    yield from _different_counts(expected, since)


# -- Rows ----------------------------------------------------------------------------------------------------
def _chunks(rows: Iterable[T]) -> Iterator[list[T]]:
    left = iter(rows)
    while chunk := list(islice(left, CHUNK)):
        yield chunk


def _compared_since(at: datetime) -> date:
    """The first day whose rows are all there."""
    if not has_purged(*LOGS):
        return BEGINNING
    kept = min(period for name in LOGS if (period := RETENTION[name].period) is not None)
    return counting.day_of(at - kept) + timedelta(days=2)


def _counted_rows(stream: LogStream) -> QuerySet[Any]:
    position = StreamCursor.objects.filter(pk=stream.name).values_list("position", flat=True).first() or 0
    counted = stream.counted(position)
    return counted.exclude(pk__in=ExcludedEvent.objects.values("event_id")) if stream is EVENTS else counted


def _counters(excluded: frozenset[int]) -> Iterator[tuple[LogStream, Callable[[Sequence[Any]], Counts]]]:
    """Each log, and what its rows add to the counts beside the facts about people."""
    never = counting.start_of(BEGINNING)  # these two do not look at the clock
    yield DECISIONS, lambda rows: DECISIONS.count(rows, never)
    yield REWARDS, lambda rows: REWARDS.count(rows, never)
    yield CREDITS, lambda rows: count_credits_of(rows, CountingContext(excluded=excluded, stores_people=False))
    yield EVENTS, lambda rows: _counts_of_events(rows, excluded)


def _counts_of_events(rows: Sequence[LoggedEvent], excluded: frozenset[int]) -> Counts:
    facts = counted_events(rows)
    known, found = read_context(facts, excluded, stores_people=False), Counter[CountKey]()
    for fact in facts:
        found.update(counting.event_counts(fact, known))
    return found


def _people_who_wait() -> _Waiting:
    """People with events that are not counted, are no longer valid, or are valid again."""
    position = StreamCursor.objects.filter(pk=EVENTS.name).values_list("position", flat=True).first() or 0
    known = Exists(ExcludedEvent.objects.filter(event_id=OuterRef("pk")))
    aside = Exists(SetAsideRow.objects.filter(stream=EVENTS.name, row_id=OuterRef("pk")))
    around = IdGap.objects.filter(stream=EVENTS.name, first_id__lte=OuterRef("pk"), last_id__gte=OuterRef("pk"))
    is_corrected = Q(is_invalid=True) & ~Q(known) | Q(is_invalid=False) & Q(known)
    late = LoggedEvent.objects.filter(Q(pk__gt=position) | is_corrected | Exists(around)).exclude(aside)
    if (count := late.count()) > MAX_WAITING:
        raise CannotCompare(f"{count} events wait to be counted")
    found = _Waiting()
    for rows in _chunks(late.order_by("pk").iterator(CHUNK)):
        facts = counted_events(rows)
        context = read_context(facts, frozenset(), stores_people=False)
        touched = people_affected_by(facts, context)
        found.persons |= touched.persons
        found.users |= touched.members | touched.referrers | {user_id for user_id, _ in touched.days}
        found.users |= {link.owner_id for link in context.links.values()}
        found.users |= {int(fact.properties["referrer_id"]) for fact in facts if "referrer_id" in fact.properties}
    return found


# -- Facts ---------------------------------------------------------------------------------------------------
def _reading(excluded: frozenset[int]) -> CountingContext:
    return CountingContext(excluded=excluded, stores_people=False)


def _different_members(excluded: frozenset[int], waiting: _Waiting, since: date, *, until: date) -> Iterator[str]:
    """Members, the days on which they practiced, and what they did as referrers."""
    for ids in _chunks(GrowthMember.objects.order_by("pk").values_list("pk", flat=True).iterator(CHUNK)):
        settled = set(ids) - waiting.users
        members = {row.user_id: member_of(row) for row in GrowthMember.objects.filter(pk__in=settled)}
        for user_id in _different(members, members_now(settled, _reading(excluded))):
            yield f"member {user_id} is stored otherwise than their events say"
        referrers = {
            (row.user_id, row.loop): referrer_of(row) for row in GrowthReferrer.objects.filter(user_id__in=settled)
        }
        for user_id, loop in _different(referrers, referrers_now(settled, _reading(excluded))):
            yield f"referrer {user_id} of {loop or 'any loop'} is stored otherwise than their events say"
        days = GrowthActiveDay.objects.filter(user_id__in=settled, on__range=(since, until))
        for user_id, on in sorted(set(days.values_list("user_id", "on")) ^ active_days(settled, since, until)):
            yield f"the practice of member {user_id} on {on} is stored otherwise than their events say"
    joined = GrowthMember.objects.filter(pk=OuterRef("actor_id"), joined_at__isnull=False)
    created = _counted_rows(EVENTS).filter(type=AccountCreated.type, is_invalid=False, actor_id__isnull=False)
    missing = created.filter(~Exists(joined)).exclude(actor_id__in=excluded | waiting.users)
    for user_id in missing.order_by("pk").values_list("actor_id", flat=True).iterator(CHUNK):
        yield f"member {user_id} has an account, and never joined"


def _different_referees(excluded: frozenset[int], waiting: _Waiting, since: date) -> Iterator[str]:
    reached = _counted_rows(EVENTS).filter(type=FvmReached.type, at__gte=counting.start_of(since)).order_by("pk")
    for rows in _chunks(reached.iterator(CHUNK)):
        people = {fact.person_id for fact in counted_events(rows)} - waiting.persons
        stored = {row.person_id: referee_of(row) for row in GrowthReferee.objects.filter(pk__in=people)}
        for person_id in _different(stored, referees_now(people, _reading(excluded))):
            yield f"referee {person_id} is stored otherwise than their events say"
    event = LoggedEvent.objects.filter(idempotency_key=Concat(Value("fvm:"), OuterRef("person_id")))
    for person_id in GrowthReferee.objects.filter(~Exists(event)).values_list("pk", flat=True).iterator(CHUNK):
        yield f"referee {person_id} has no event"


def _different(stored: Mapping[K, object], counted: Mapping[K, object]) -> list[K]:
    return sorted(key for key in stored.keys() | counted.keys() if stored.get(key) != counted.get(key))


# -- Counts --------------------------------------------------------------------------------------------------
def _counts_of_facts() -> Counts:
    """Add up the counts of the stored facts about people."""
    found: Counts = Counter()
    for member in GrowthMember.objects.iterator(CHUNK):
        found.update(member_of(member).counts())
    for referrer in GrowthReferrer.objects.iterator(CHUNK):
        found.update(referrer_of(referrer).counts())
    for referee in GrowthReferee.objects.iterator(CHUNK):
        found.update(referee_of(referee).counts())
    persona = GrowthMember.objects.filter(pk=OuterRef("user_id")).values("persona")
    days = GrowthActiveDay.objects.order_by().annotate(persona=Coalesce(Subquery(persona), Value("")))
    for on, who, count in days.values_list("on", "persona").annotate(Count("pk")):
        found[CountKey("active", on, persona=who)] += count
    return found


def _different_counts(expected: Counts, since: date) -> Iterator[str]:
    for row in GrowthCount.objects.exclude(amount=0).filter(on__gte=since).order_by("pk").iterator(CHUNK):
        key = CountKey(row.measure, row.on, row.loop, row.persona, row.part)
        counted = expected.pop(key, 0)
        if counted != row.amount:
            yield f"{_named(key)}: {row.amount} stored, {counted} counted"
    for key, counted in sorted(expected.items()):
        if counted and key.on >= since:
            yield f"{_named(key)}: none stored, {counted} counted"


def _named(key: CountKey) -> str:
    parts = [one for one in (key.loop, key.persona, key.part) if one]
    return f"{key.measure} on {key.on}" + (f" ({', '.join(parts)})" if parts else "")
