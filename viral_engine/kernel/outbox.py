"""The outbox: runs the deliveries of durable listeners, in the order of their events.

The process that announced an event runs its deliveries right after the commit. A worker drains deliveries that failed
there or that a dead process left, in batches and in one process at a time. The deliveries of one listener are a batch:
one transaction holds their completion and everything the listener writes. A batch that fails is halved until the
failing event is alone; it waits for its retry, and the others complete. A delivery that failed before, or during which
a process died, runs alone from the start.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from viral_engine.kernel import bus
from viral_engine.kernel.clock import clock_from
from viral_engine.kernel.leases import RUN_FOR, Clock, Lease
from viral_engine.kernel.models import Delivery, Exclusive

logger = logging.getLogger(__name__)
BATCH = 200  # deliveries claimed at once
MIN_AGE = timedelta(seconds=5)  # of an event to drain: younger ones belong to the process that announced them
MAX_SINGLE = 20  # events in one transaction of a listener that takes one at a time: its locks are held that long
DRAIN_LEASE = timedelta(seconds=60)  # of a drain that died: the next drain waits this long


class LeaseLost(Exception):
    """Another process took some of the deliveries meanwhile; nothing was run."""


def drain(*, at: datetime) -> int:
    """Run every waiting delivery; returns how many ran. 0 at once while another process drains.

    Cost  5 statements a batch of one kind, and the listener's own; the more events wait, the fewer for each.
    """
    clock, ran = clock_from(at), 0
    hold = Exclusive.objects.hold("outbox", at=at, lasts=DRAIN_LEASE)
    if hold is None:
        return 0
    try:
        while clock() < at + RUN_FOR and (rows := _claim(clock)):
            for batch in _batches(_without_spent(rows, clock)):
                ran += _run_batch(batch, clock)
                if not hold.renew(at=clock()):
                    return ran  # another process drains now; the rest of the claim waits for its lease
    finally:
        hold.release()
    return ran


def deliver_now(deliveries: Sequence[Delivery], *, at: datetime) -> None:
    """Run the deliveries of an event that was just committed, in order; one that fails waits for a worker's drain.

    Cost  2 statements each, and the listener's own.
    """
    clock = clock_from(at)
    for delivery in deliveries:
        ends_at = at + Delivery.LEASE
        try:
            if Delivery.objects.claimable(at).filter(pk=delivery.pk).update(leased_until=ends_at, attempts=1):
                delivery.leased_until, delivery.attempts = ends_at, 1
                _run_batch([delivery], clock)
        except DatabaseError:
            logger.exception("delivery %s left to the next drain", delivery.pk)


def _claim(clock: Clock) -> list[Delivery]:
    """The oldest waiting deliveries, leased to this process. Cost  2 statements, 3 where another process interfered."""
    at = clock()
    old_enough = Delivery.objects.filter(event__at__lt=at - MIN_AGE)
    waiting = old_enough.waiting(at).select_related("event").order_by("pk")
    rows = list(waiting[:BATCH])
    if not rows:
        return []
    ends_at = at + Delivery.LEASE
    mine = Delivery.objects.filter(pk__in=[row.pk for row in rows])
    if mine.claimable(at).update(leased_until=ends_at, attempts=F("attempts") + 1) < len(rows):
        kept = set(mine.filter(leased_until=ends_at).values_list("pk", flat=True))
        rows = [row for row in rows if row.pk in kept]
    for row in rows:
        row.leased_until, row.attempts = ends_at, row.attempts + 1
    return rows


def _without_spent(rows: Sequence[Delivery], clock: Clock) -> list[Delivery]:
    """Dead-letter deliveries whose last attempt never ended, because it took its process with it; return the others."""
    for row in rows:
        if row.attempts > Delivery.MAX_ATTEMPTS:
            _lease(row).dead_letter(row.last_error or "The last attempt never ended.", at=clock())
    return [row for row in rows if row.attempts <= Delivery.MAX_ATTEMPTS]


def _batches(rows: Sequence[Delivery]) -> Iterator[Sequence[Delivery]]:
    """Group deliveries by listener, in an order in which each event reaches its listeners as they are wired.

    A delivery whose group comes before that of an earlier listener of its event begins new groups. What was tried
    before is alone, the most often tried last: it may take this process with it.
    """
    groups: dict[str, list[Delivery]] = {}
    places: dict[str, int] = {}
    latest: dict[int, int] = {}  # event -> place of its latest delivery's group
    for row in rows:
        if row.attempts > 1:
            continue
        place = places.get(row.listener, len(places))
        if place < latest.get(row.event_id, 0):
            yield from _chunks(groups.values())
            groups, places, latest, place = {}, {}, {}, 0
        places[row.listener] = latest[row.event_id] = place
        groups.setdefault(row.listener, []).append(row)
    yield from _chunks(groups.values())
    yield from ([row] for row in sorted(rows, key=lambda row: (row.attempts, row.pk)) if row.attempts > 1)


def _chunks(groups: Iterable[list[Delivery]]) -> Iterator[Sequence[Delivery]]:
    for group in groups:
        size = BATCH if bus.takes_many(group[0].listener) else MAX_SINGLE
        for start in range(0, len(group), size):
            yield group[start : start + size]


def _run_batch(rows: Sequence[Delivery], clock: Clock) -> int:
    """Run one listener on these deliveries in one transaction; returns how many ran."""
    try:
        with transaction.atomic():
            _complete(rows, clock())
            bus.call_durable(rows[0].listener, [(row.event.as_event(), row.event.at) for row in rows])
    except LeaseLost:
        return 0 if len(rows) == 1 else _run_halves(rows, clock)
    except SoftTimeLimitExceeded:
        if len(rows) == 1:
            _lease(rows[0]).retry("The task ran out of time.", at=clock())
        raise
    except Exception as error:
        if isinstance(error, DatabaseError) and not connection.is_usable():
            raise  # the leases run out, and another drain takes the rows
        logger.exception("%s failed on %s deliveries from %s on", rows[0].listener, len(rows), rows[0].pk)
        return _run_halves(rows, clock) if len(rows) > 1 else _retry(rows[0], error, clock)
    return len(rows)


def _complete(rows: Sequence[Delivery], at: datetime) -> None:
    """Mark the deliveries as run, before any effect: a lease lost meanwhile shows by the row lock or by the count."""
    mine = Delivery.objects.unfinished().filter(pk__in=[row.pk for row in rows], leased_until=rows[0].leased_until)
    if mine.update(processed_at=at, leased_until=None, last_error="") < len(rows):
        raise LeaseLost


def _retry(row: Delivery, error: Exception, clock: Clock) -> int:
    _lease(row).retry(Delivery.describe(error), at=clock())
    return 0


def _lease(row: Delivery) -> Lease[Delivery]:
    if row.leased_until is None:  # not a row of a claim
        raise LeaseLost
    return Lease(Delivery.objects.all(), row.pk, row.leased_until)


def _run_halves(rows: Sequence[Delivery], clock: Clock) -> int:
    middle = len(rows) // 2
    return _run_batch(rows[:middle], clock) + _run_batch(rows[middle:], clock)
