"""Count new rows of the logs in bounded chunks, each row once."""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from operator import attrgetter
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Case, Exists, F, OuterRef, QuerySet, Subquery, When

from loops.models import Credit, RewardEntry
from monitoring.growth.context import counted_events, excluded_people, load_people, read_context
from monitoring.growth.rules import counting
from monitoring.growth.rules.counting import CountingContext, Counts
from monitoring.growth.rules.lag import CountingLag
from monitoring.growth.services.facts import people_affected_by, recompute
from monitoring.models import ExcludedEvent, GrowthCount, IdGap, SetAsideRow, StreamCursor
from viral_engine.kernel.models import Decision, LoggedEvent
from viral_engine.kernel.services import mark_events

logger = logging.getLogger(__name__)
AT_ONCE = 2000
APART = 50  # rows counted one by one: they fit into a task's time
OUR_LIMITS = (SoftTimeLimitExceeded, OperationalError, InterfaceError)  # of the task or the database, not of a row
GAPS_AT_ONCE = 50
CountRows = Callable[[Sequence[Any]], Counts]
IdRange = tuple[int, int]  # first and last of the numbers that are missing


class CursorBusy(Exception):
    """Another process is counting this log right now; nothing was written."""


# -- Reading on ----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class LogStream:
    """An append-only log, counted in the order of its ids."""

    name: str
    rows: Callable[[], QuerySet[Any]]
    at: Callable[[Any], datetime]
    count: Callable[[Sequence[Any], datetime], Counts]
    hide: Callable[[int, datetime], None] = lambda _, __: None  # a row from every other read of the log
    show: Callable[[list[int]], None] = lambda _: None

    def counted(self, position: int) -> QuerySet[Any]:
        """Rows that have been read into the counts, invalid ones included."""
        aside = SetAsideRow.objects.filter(stream=self.name, row_id=OuterRef("pk"))
        around = IdGap.objects.filter(stream=self.name, first_id__lte=OuterRef("pk"), last_id__gte=OuterRef("pk"))
        return self.rows().filter(~Exists(around), ~Exists(aside), pk__lte=position)


def count_events(*, at: datetime, limit: int = AT_ONCE) -> int:
    """Count up to `limit` more events; return how many were read.

    Cost  bounded by the limit, whatever the size of the log: about 40 statements.
    """
    return _count(EVENTS, at, limit)


def count_decisions(*, at: datetime, limit: int = AT_ONCE) -> int:
    return _count(DECISIONS, at, limit)


def count_rewards(*, at: datetime, limit: int = AT_ONCE) -> int:
    return _count(REWARDS, at, limit)


def count_credits(*, at: datetime, limit: int = AT_ONCE) -> int:
    return _count(CREDITS, at, limit)


def _count(stream: LogStream, at: datetime, limit: int) -> int:
    with suppress(CursorBusy):  # the other process counts the rows
        return count_stream(stream, at, limit)
    return 0


@transaction.atomic
def count_stream(stream: LogStream, at: datetime, limit: int) -> int:
    """Count up to `limit` more rows of the stream; return how many were read.

    A row that cannot be counted is set aside, and the others are counted.

    Raises  CursorBusy.
    """
    position = claim_cursor(stream, at)
    late = _arrived_in_gaps(stream, at)
    rows = list(stream.rows().filter(pk__gt=position).order_by("pk")[:limit])
    if not (late or rows):
        return 0
    try:
        with transaction.atomic():
            gained = stream.count([*late, *rows], at)
    except OUR_LIMITS:
        raise
    except Exception:  # noqa: BLE001  (logged for the row that caused it)
        rows = rows[:APART]  # what follows counts rows one by one
        gained = count_apart(stream, [*late, *rows], lambda some: stream.count(some, at), at)
    add_counts(gained)
    if rows:
        _note_gaps(stream, _fresh_gaps(stream, position, rows, at), at)
        StreamCursor.objects.filter(pk=stream.name).update(position=rows[-1].pk)
    return len(late) + len(rows)


# -- Rows that cannot be counted -----------------------------------------------------------------------------
def count_apart(stream: LogStream, rows: Sequence[Any], count: CountRows, at: datetime) -> Counts:
    """The counts of these rows, without those that cannot be counted: they are set aside.

    A good row fails as well while the log of its person still shows a bad one, so rows set aside are tried once more.
    """
    gained, failed = _count_halves(rows, count)
    for row, error in failed:
        set_aside(stream, row.pk, error, at)
    if failed:
        gained.update(_count_again(stream, at))
    return gained


def _count_halves(rows: Sequence[Any], count: CountRows) -> tuple[Counts, list[tuple[Any, Exception]]]:
    """The counts of the rows that can be counted, and the other rows, each with its error."""
    if not rows:
        return Counter(), []
    try:
        with transaction.atomic():
            return count(rows), []
    except OUR_LIMITS:
        raise
    except Exception as error:
        if len(rows) == 1:
            logger.exception("row %s of a log cannot be counted, and is set aside", rows[0].pk)
            return Counter(), [(rows[0], error)]
    middle = len(rows) // 2
    gained, failed = _count_halves(rows[:middle], count)
    more, also_failed = _count_halves(rows[middle:], count)
    gained.update(more)
    return gained, failed + also_failed


def set_aside(stream: LogStream, row_id: int, error: Exception, at: datetime) -> None:
    defaults = {"error": type(error).__name__[:60], "noticed_at": at}
    SetAsideRow.objects.update_or_create(stream=stream.name, row_id=row_id, defaults=defaults)
    stream.hide(row_id, at)


def _count_again(stream: LogStream, at: datetime) -> Counts:
    """Count what was set aside and can be counted now. Cost  bounded by `APART`."""
    gained: Counts = Counter()
    for aside in SetAsideRow.objects.filter(stream=stream.name).order_by("-noticed_at", "row_id")[:APART]:
        try:
            with transaction.atomic():
                stream.show([aside.row_id])
                gained.update(stream.count(list(stream.rows().filter(pk=aside.row_id)), at))
                aside.delete()
        except OUR_LIMITS:
            raise
        except Exception as error:  # noqa: BLE001  (it was logged when the row was set aside)
            logger.info("row %s is still set aside: %s", aside, type(error).__name__)
    return gained


def hide_event(event_id: int, at: datetime) -> None:
    """Mark an event as invalid: the facts of its person are computed without it."""
    mark_events([event_id], is_invalid=True)
    ExcludedEvent.objects.get_or_create(event_id=event_id, defaults={"noticed_at": at})


def show_events(ids: Iterable[int]) -> None:
    """Take `hide_event` back."""
    shown = list(ids)
    mark_events(shown, is_invalid=False)
    ExcludedEvent.objects.filter(event_id__in=shown).delete()


def claim_cursor(stream: LogStream, at: datetime) -> int:
    """Claim the stream for this transaction; return the last counted id.

    On PostgreSQL a second transaction waits for the row and then finds a newer version; SQLite allows one writer only.

    Raises  CursorBusy.
    """
    mark, _ = StreamCursor.objects.get_or_create(stream=stream.name)
    if not StreamCursor.objects.filter(pk=mark.pk, version=mark.version).update(version=F("version") + 1, moved_at=at):
        raise CursorBusy(stream.name)
    return mark.position


def _fresh_gaps(stream: LogStream, position: int, rows: Sequence[Any], at: datetime) -> list[IdRange]:
    """Missing ids in front of rows under an hour old; older transactions have committed or failed by now."""
    fresh = {row.pk for row in rows if stream.at(row) > at - IdGap.LIFE}
    return [gap for gap in _gaps_between(position, [row.pk for row in rows]) if gap[1] + 1 in fresh]


def _gaps_between(before: int, ids: Sequence[int]) -> list[IdRange]:
    return [(one + 1, next_one - 1) for one, next_one in pairwise([before, *ids]) if next_one - one > 1]


def _note_gaps(stream: LogStream, ranges: Iterable[IdRange], at: datetime) -> None:
    """Store missing ids: an id is assigned at insert but visible at commit, possibly after a later id."""
    gaps = [IdGap(stream=stream.name, first_id=first, last_id=last, noticed_at=at) for first, last in ranges]
    IdGap.objects.bulk_create(gaps, ignore_conflicts=True)


def _arrived_in_gaps(stream: LogStream, at: datetime) -> list[Any]:
    """Rows that were committed after the log had been read past them; the remaining ids stay a gap.

    Cost  2 statements when nothing arrived, however many gaps there are: each is one step along the primary key.
    """
    IdGap.objects.filter(stream=stream.name, noticed_at__lt=at - IdGap.LIFE).delete()
    inside = stream.rows().filter(pk__gte=OuterRef("first_id"), pk__lte=OuterRef("last_id"))
    gaps = IdGap.objects.filter(Exists(inside), stream=stream.name).order_by("first_id")[:GAPS_AT_ONCE]
    return [row for gap in gaps for row in _arrived_in(gap, stream)]


def _arrived_in(gap: IdGap, stream: LogStream) -> list[Any]:
    rows = list(stream.rows().filter(pk__range=(gap.first_id, gap.last_id)).order_by("pk"))
    gap.delete()
    _note_gaps(stream, _gaps_between(gap.first_id - 1, [*(row.pk for row in rows), gap.last_id + 1]), gap.noticed_at)
    return rows


def _count_new_events(rows: Sequence[LoggedEvent], at: datetime) -> Counts:
    invalid = [ExcludedEvent(event_id=row.pk, noticed_at=at) for row in rows if row.is_invalid]
    ExcludedEvent.objects.bulk_create(invalid, ignore_conflicts=True)
    ids = {one.event_id for one in invalid}
    return count_changes(counted_events(rows), 1, excluded_people(), uncounted=ids)


def count_changes(
    facts: Sequence[counting.CountedEvent], sign: int, excluded: frozenset[int], *, uncounted: Collection[int] = ()
) -> Counts:
    """The change of the counts when these events are added (1) or removed (-1).

    Uncounted events still change facts: an invalid event may connect a guest with an account.
    """
    known = read_context(facts, excluded)
    gained: Counts = Counter()
    for fact in facts:
        for key, amount in counting.event_counts(fact, known).items():
            gained[key] += sign * amount if fact.id not in uncounted else 0
    gained.update(recompute(people_affected_by(facts, known), known))
    return gained


def _count_new_decisions(rows: Sequence[Decision], _: datetime) -> Counts:
    excluded, gained = excluded_people(), Counter[counting.CountKey]()
    for row in rows:
        gained.update(
            counting.decision_counts(
                agent=row.agent,
                outcome=row.outcome,
                rationale=row.rationale,
                is_degraded=row.is_degraded,
                latency_ms=row.latency_ms,
                on=counting.day_of(row.decided_at),
                is_excluded=row.actor_id in excluded,
            )
        )
    return gained


def _count_new_rewards(rows: Sequence[RewardEntry], _: datetime) -> Counts:
    excluded, gained = excluded_people(), Counter[counting.CountKey]()
    for row in rows:
        if row.user_id not in excluded:
            line = counting.reward_counts(
                loop=row.loop,
                kind=row.kind,
                cause=row.cause,
                amount=row.amount,
                cost_cents=row.cost_cents,
                on=counting.day_of(row.at),
            )
            gained.update(line)
    return gained


def _count_new_credits(rows: Sequence[Credit], _: datetime) -> Counts:
    """Credit counts for the persona of the link's owner; 3 queries."""
    return count_credits_of(rows, CountingContext(excluded=excluded_people()))


def count_credits_of(rows: Sequence[Credit], known: CountingContext) -> Counts:
    gained: Counts = Counter()
    load_people(known, {row.touch.link.referrer_id for row in rows})
    for row in rows:
        link = row.touch.link
        if known.excluded.isdisjoint({link.referrer_id, row.referral.referee_id}):
            share = counting.credit_counts(
                loop=link.loop_id,
                persona=known.personas.get(link.referrer_id, ""),
                channel=row.touch.channel,
                model=row.model,
                basis_points=row.basis_points,
                on=counting.day_of(row.referral.attributed_at),
            )
            gained.update(share)
    return gained


EVENTS = LogStream(
    "events", LoggedEvent.objects.all, attrgetter("at"), _count_new_events, hide=hide_event, show=show_events
)
DECISIONS = LogStream(
    "decisions",
    lambda: Decision.objects.defer("features", "alternatives"),
    attrgetter("decided_at"),
    _count_new_decisions,
)
REWARDS = LogStream("rewards", RewardEntry.objects.all, attrgetter("at"), _count_new_rewards)
CREDITS = LogStream(
    "credits",
    lambda: Credit.objects.select_related("referral", "touch__link"),
    attrgetter("referral.attributed_at"),
    _count_new_credits,
)
STREAMS = (EVENTS, DECISIONS, REWARDS, CREDITS)


# -- Writing -------------------------------------------------------------------------------------------------
def add_counts(gained: Counts) -> None:
    """Add the changes to the stored counts; 1 statement for 500 of them.

    Raw SQL, because Django's upsert can only replace an amount. Both databases support this form.
    """
    rows = sorted((key, amount) for key, amount in gained.items() if amount)
    table = GrowthCount._meta.db_table
    with connection.cursor() as cursor:
        for start in range(0, len(rows), 500):
            part = rows[start : start + 500]
            values = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(part))
            cursor.execute(
                f'INSERT INTO {table} (measure, "on", loop, persona, part, amount) VALUES {values} '  # noqa: S608
                f'ON CONFLICT (measure, "on", loop, persona, part) '
                f"DO UPDATE SET amount = {table}.amount + excluded.amount",
                [value for key, amount in part for value in (*key, amount)],
            )


def counting_lag() -> CountingLag:
    """1 query along primary keys."""
    newest = (When(stream=one.name, then=Subquery(one.rows().order_by("-pk").values("pk")[:1])) for one in STREAMS)
    newest_at = LoggedEvent.objects.order_by("-pk").values("at")[:1]
    marks = StreamCursor.objects.annotate(newest=Case(*newest, default=0), newest_at=Subquery(newest_at))
    rows = list(marks.values_list("position", "moved_at", "newest", "newest_at"))
    return CountingLag(
        waiting=sum(max(0, (last or 0) - position) for position, _, last, _ in rows),
        counted_at=max((moved_at for _, moved_at, _, _ in rows if moved_at is not None), default=None),
        newest_at=rows[0][3] if rows else None,
    )


def is_counted_until(instant: datetime) -> bool:
    """True when all rows from before this instant are counted; 5 queries along primary keys."""
    marks = dict(StreamCursor.objects.values_list("stream", "position"))
    waiting = (stream.rows().filter(pk__gt=marks.get(stream.name, 0)).order_by("pk").first() for stream in STREAMS)
    first = zip(STREAMS, waiting, strict=True)
    return all(row is None or stream.at(row) >= instant for stream, row in first)
