"""The outbox: runs the deliveries of durable listeners, in the order of their events.

The process that announced an event runs its deliveries right after the commit. A worker drains deliveries that failed
there or that a dead process left, in batches and in one process at a time. The deliveries of one listener are a batch:
one transaction holds their completion and everything the listener writes. A batch that fails is halved until the
failing event is alone; it waits for its retry, and the others complete. A delivery that failed before, or during which
a process died, runs alone from the start.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.db import DatabaseError, connection, transaction
from django.db.models import F

from viral_engine.kernel import bus
from viral_engine.kernel.clock import clock_from
from viral_engine.kernel.leases import RUN_FOR, Clock, Lease
from viral_engine.kernel.models import Delivery, Exclusive

logger = logging.getLogger(__name__)
BATCH = 200  # deliveries claimed at once
MIN_AGE = timedelta(seconds=5)  # of an event to drain: younger ones belong to the process that announced them
DRAIN_LEASE = timedelta(seconds=15)  # of a drain that died: the next drain waits this long


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
        while clock() < at + RUN_FOR and (batch := _claim(clock)):
            ran += _run(batch, clock)
            hold.renew(at=clock())
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


def _run(rows: Sequence[Delivery], clock: Clock) -> int:
    return sum(_run_batch(batch, clock) for batch in _batches(rows))


def _batches(rows: Sequence[Delivery]) -> Iterator[Sequence[Delivery]]:
    """The deliveries of each listener in order, listeners in the order of their first event."""
    fresh = [row for row in rows if row.attempts == 1]
    order = {name: place for place, name in reversed(list(enumerate(row.listener for row in fresh)))}
    for _, batch in groupby(sorted(fresh, key=lambda row: (order[row.listener], row.pk)), lambda row: row.listener):
        yield list(batch)
    for row in rows:
        if row.attempts > 1:
            yield [row]


def _run_batch(rows: Sequence[Delivery], clock: Clock) -> int:
    """Run one listener on these deliveries in one transaction; returns how many ran."""
    try:
        with transaction.atomic():
            _complete(rows, clock())
            bus.call_durable(rows[0].listener, [(row.event.as_event(), row.event.at) for row in rows])
    except LeaseLost:
        return 0 if len(rows) == 1 else _run_halves(rows, clock)
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
    if row.leased_until is not None:
        Lease(Delivery.objects.all(), row.pk, row.leased_until).retry(Delivery.describe(error), at=clock())
    return 0


def _run_halves(rows: Sequence[Delivery], clock: Clock) -> int:
    middle = len(rows) // 2
    return _run_batch(rows[:middle], clock) + _run_batch(rows[middle:], clock)
