"""Corrections: events that became invalid or valid, and people who must not be counted."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from itertools import islice

from django.db import transaction
from django.db.models import Q

from loops.models import Link
from monitoring.growth.context import (
    counted_events,
    excluded_people,
    people_to_exclude,
    read_context,
)
from monitoring.growth.rules import counting
from monitoring.growth.rules.counting import Counts
from monitoring.growth.services.facts import AffectedPeople, people_affected_by, recompute
from monitoring.growth.services.rollup import (
    AT_ONCE,
    CREDITS,
    DECISIONS,
    EVENTS,
    REWARDS,
    STREAMS,
    CursorBusy,
    add_counts,
    claim_cursor,
    count_apart,
    count_changes,
)
from monitoring.models import ExcludedEvent, ExcludedPerson, SetAsideRow
from viral_engine.accounts.models import Guest
from viral_engine.kernel.models import LoggedEvent

CORRECTED_AT_ONCE = 500
PEOPLE_AT_ONCE = 20


@transaction.atomic
def correct_events(*, at: datetime, limit: int = CORRECTED_AT_ONCE) -> int:
    """Subtract counted events that were marked invalid, and add those that are valid again.

    Cost  4 statements along the index of invalid events when nothing changed; else bounded by the limit.
    """
    try:
        position = claim_cursor(EVENTS, at)
    except CursorBusy:
        return 0
    known = ExcludedEvent.objects.values("event_id")
    invalid = list(EVENTS.counted(position).filter(is_invalid=True).exclude(pk__in=known).order_by("pk")[:limit])
    again = list(LoggedEvent.objects.filter(is_invalid=False, pk__in=known).order_by("pk")[:limit])
    ExcludedEvent.objects.bulk_create(
        [ExcludedEvent(event_id=row.pk, noticed_at=at) for row in invalid], ignore_conflicts=True
    )
    ExcludedEvent.objects.filter(pk__in=[row.pk for row in again]).delete()
    repaired = SetAsideRow.objects.filter(stream=EVENTS.name, row_id__in=[row.pk for row in again])
    repaired.delete()
    for rows, sign in ((invalid, -1), (again, 1)):
        add_counts(count_apart(EVENTS, rows, partial(_signed, sign=sign), at))
    return len(invalid) + len(again)


def _signed(rows: Sequence[LoggedEvent], *, sign: int) -> Counts:
    return count_changes(counted_events(rows), sign, excluded_people())


def exclude_people(*, at: datetime) -> int:
    """Subtract all facts of people who became staff or are simulated; return how many, 20 at most.

    They stay excluded: an erased account is no longer staff, and its past must not come back as a learner's.

    Cost  2 queries, one over all people, when nobody is new.
    """
    new = sorted(people_to_exclude() - excluded_people())
    return sum(_leave_out(user_id, at) for user_id in islice(new, PEOPLE_AT_ONCE))


@transaction.atomic
def _leave_out(user_id: int, at: datetime) -> bool:
    try:
        positions = {stream.name: claim_cursor(stream, at) for stream in STREAMS}
    except CursorBusy:
        transaction.set_rollback(True)
        return False
    before = excluded_people()
    if user_id in before:
        return False
    theirs = Q(actor_id=user_id) | Q(link_code__in=list(_codes_of(user_id)))
    events = EVENTS.counted(positions[EVENTS.name]).filter(theirs)
    events = events.exclude(pk__in=ExcludedEvent.objects.values("event_id")).order_by("pk")
    decisions = list(DECISIONS.counted(positions[DECISIONS.name]).filter(actor_id=user_id))
    rewards = list(REWARDS.counted(positions[REWARDS.name]).filter(user_id=user_id))
    shared = Q(touch__link__referrer_id=user_id) | Q(referral__referee_id=user_id)
    credits_ = list(CREDITS.counted(positions[CREDITS.name]).filter(shared))
    lost: Counts = Counter(DECISIONS.count(decisions, at))
    lost.update(REWARDS.count(rewards, at))
    lost.update(CREDITS.count(credits_, at))
    ExcludedPerson.objects.create(user_id=user_id, noticed_at=at)
    add_counts(_negative(lost))
    _subtract_events(user_id, events.iterator(AT_ONCE), before)
    return True


def _subtract_events(user_id: int, events: Iterable[LoggedEvent], before: frozenset[int]) -> None:
    """Subtract their own events and those through their links exactly as they were added."""
    rows = iter(events)
    while True:
        facts = counted_events(islice(rows, AT_ONCE))
        known, gained = read_context(facts, before), Counter[counting.CountKey]()
        for fact in facts:
            gained.subtract(counting.event_counts(fact, known))
        known.excluded = before | {user_id}
        for fact in facts:  # a sign-up through their link is still a sign-up
            gained.update(counting.event_counts(fact, known))
        gained.update(recompute(_all_affected(user_id, people_affected_by(facts, known)), known))
        add_counts(gained)
        if len(facts) < AT_ONCE:
            return


def _all_affected(user_id: int, touched: AffectedPeople) -> AffectedPeople:
    """The person's own facts and those of their guests."""
    touched.members.add(user_id)
    touched.referrers.add(user_id)
    touched.persons |= {str(pk) for pk in Guest.objects.filter(user=user_id).values_list("pk", flat=True)}
    return touched


def _codes_of(user_id: int) -> Iterable[str]:
    return Link.objects.filter(referrer_id=user_id).values_list("code", flat=True)


def _negative(counts: Counts) -> Counts:
    return Counter({key: -amount for key, amount in counts.items()})
