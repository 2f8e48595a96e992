"""The outbox: runs the deliveries of durable listeners, in the order of their events, in one process at a time.

The relay (relay.py) drains it as soon as an event commits, and a periodic task takes what the relay missed. Everything
that one claim holds runs in one transaction: its deliveries' completion and whatever the listeners write. Where some of
it fails, each listener runs in its own transaction, and a failing batch is halved until the failing event is alone; it
waits for its retry, and the others complete. A delivery that failed before, or during which a process died, runs alone
from the start.

The process that announced an event runs its `at_once` listeners itself, right after the commit.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from celery.exceptions import SoftTimeLimitExceeded
from django.db import Error as AnyDatabaseError
from django.db import connection, transaction
from django.db.models import F

from viral_engine.kernel import bus
from viral_engine.kernel.agent_failures import AgentFailed, store_failure
from viral_engine.kernel.clock import clock_from
from viral_engine.kernel.leases import RUN_FOR, Clock, Lease
from viral_engine.kernel.models import Delivery, Exclusive, Hold

logger = logging.getLogger(__name__)
BATCH = 200  # deliveries claimed at once
MAX_TOGETHER = 60  # deliveries of different listeners in one transaction: its locks are held that long
MAX_SINGLE = 20  # events in one transaction of a listener that takes one at a time
ANNOUNCER_LEASE = timedelta(seconds=5)  # an at_once delivery belongs to its announcer that long
DRAIN_LEASE = timedelta(seconds=15)  # of a drain that died: the next one waits this long
RENEW_AFTER = DRAIN_LEASE / 3


class LeaseLost(Exception):
    """Another process took some of the deliveries meanwhile; nothing was run."""


@dataclass(slots=True)
class Drain:
    """The right to drain, held by this process until `end`."""

    hold: Hold
    clock: Clock
    renewed_at: datetime

    @classmethod
    def begin(cls, clock: Clock) -> "Drain | None":
        """Take the right, or return None while another process drains. Cost  1 statement."""
        at = clock()
        hold = Exclusive.objects.hold("outbox", at=at, lasts=DRAIN_LEASE)
        return cls(hold, clock, at) if hold else None

    def is_held(self) -> bool:
        """Whether the right is still this process's. Cost  1 statement every five seconds."""
        at = self.clock()
        if at - self.renewed_at < RENEW_AFTER:
            return True
        is_held = self.hold.renew(at=at)
        self.renewed_at = at if is_held else self.renewed_at  # a lost right is asked for again, and refused again
        return is_held

    def run_claim(self) -> int | None:
        """Claim the oldest waiting deliveries and run them; returns how many ran, None where none waited.

        Cost  3 statements, and the listeners' own, while nothing fails.
        """
        rows = _claim(self.clock)
        if not rows:
            return None
        batches = list(_batches(_without_spent(rows, self.clock)))
        together = [batch for batch in batches if batch[0].attempts == 1]
        ran = sum(map(len, together))
        if len(together) > 1 and ran <= MAX_TOGETHER and _run_together(together, self.clock):
            batches = batches[len(together) :]
        else:
            ran = 0
        for batch in batches:
            if not self.is_held():
                break  # another process drains now; the rest waits for its lease
            ran += _run_batch(batch, self.clock)
        return ran

    def end(self) -> None:
        self.hold.release()


def drain(*, at: datetime) -> int:
    """Run every waiting delivery, for 30 s at most; returns how many ran. 0 while another process drains."""
    clock, total = clock_from(at), 0
    if not Delivery.objects.waiting(at).exists() or (mine := Drain.begin(clock)) is None:
        return 0
    try:
        while clock() < at + RUN_FOR and mine.is_held() and (ran := mine.run_claim()) is not None:
            total += ran
    finally:
        mine.end()
    return total


def deliver_now(deliveries: Sequence[Delivery], *, at: datetime) -> None:
    """Run deliveries that were written with a lease of this process; one that fails waits for the next drain.

    Cost  2 statements each, and the listener's own.
    """
    clock = clock_from(at)
    for delivery in deliveries:
        ends_at = at + Delivery.LEASE
        try:
            mine = Delivery.objects.unfinished().filter(pk=delivery.pk, leased_until=delivery.leased_until)
            if mine.update(leased_until=ends_at, attempts=1):
                delivery.leased_until, delivery.attempts = ends_at, 1
                _run_batch([delivery], clock)
        except (AnyDatabaseError, AgentFailed):
            logger.exception("delivery %s left to the next drain", delivery.pk)


def _claim(clock: Clock) -> list[Delivery]:
    """The oldest waiting deliveries, leased to this process. Cost  2 statements, 3 where another process interfered."""
    at = clock()
    rows = list(Delivery.objects.waiting(at).select_related("event").order_by("pk")[:BATCH])
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

    A row that was tried before runs alone and last, the most often tried at the end: it may kill this process.
    """
    groups: dict[str, list[Delivery]] = {}
    for row in rows:
        if row.attempts == 1:
            groups.setdefault(row.listener, []).append(row)
    yield from _chunks(groups[name] for name in sorted(groups, key=bus.rank_of))
    yield from ([row] for row in sorted(rows, key=lambda row: (row.attempts, row.pk)) if row.attempts > 1)


def _chunks(groups: Iterable[list[Delivery]]) -> Iterator[Sequence[Delivery]]:
    for group in groups:
        size = BATCH if bus.takes_many(group[0].listener) else MAX_SINGLE
        for start in range(0, len(group), size):
            yield group[start : start + size]


def _run_together(batches: Sequence[Sequence[Delivery]], clock: Clock) -> bool:
    """Run several listeners in one transaction; False when one failed, and then none had an effect."""
    try:
        with transaction.atomic():
            _complete([row for batch in batches for row in batch], clock())
            for batch in batches:
                _call(batch)
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        _raise_if_lost(error)
        logger.warning("one of %s listeners failed, so each runs on its own", len(batches), exc_info=True)
        return False
    return True


def _run_batch(rows: Sequence[Delivery], clock: Clock) -> int:
    """Run one listener on these deliveries in one transaction; returns how many ran."""
    try:
        with transaction.atomic():
            _complete(rows, clock())
            _call(rows)
    except LeaseLost:
        return 0 if len(rows) == 1 else _run_halves(rows, clock)
    except SoftTimeLimitExceeded:
        if len(rows) == 1:
            _lease(rows[0]).retry("The task ran out of time.", at=clock())
        raise
    except Exception as error:
        _raise_if_lost(error)
        logger.exception("%s failed on %s deliveries from %s on", rows[0].listener, len(rows), rows[0].pk)
        return _run_halves(rows, clock) if len(rows) > 1 else _retry(rows[0], error, clock)
    return len(rows)


def _call(rows: Sequence[Delivery]) -> None:
    bus.call_durable(rows[0].listener, [(row.event.as_event(), row.event.at) for row in rows])


def _raise_if_lost(error: Exception) -> None:
    """Raise the error again when the database is gone: the leases run out, and another drain takes the rows."""
    if isinstance(error, AnyDatabaseError | AgentFailed) and not connection.is_usable():
        raise error


def _complete(rows: Sequence[Delivery], at: datetime) -> None:
    """Mark the deliveries as run, before any effect: a lease lost meanwhile shows by the row lock or by the count."""
    mine = Delivery.objects.unfinished().filter(pk__in=[row.pk for row in rows], leased_until=rows[0].leased_until)
    if mine.update(processed_at=at, leased_until=None, last_error="") < len(rows):
        raise LeaseLost


def _retry(row: Delivery, error: Exception, clock: Clock) -> int:
    if isinstance(error, AgentFailed):
        store_failure(error.decision)
        error = error.__cause__ if isinstance(error.__cause__, Exception) else error
    _lease(row).retry(Delivery.describe(error), at=clock())
    return 0


def _lease(row: Delivery) -> Lease[Delivery]:
    if row.leased_until is None:  # not a row of a claim
        raise LeaseLost
    return Lease(Delivery.objects.all(), row.pk, row.leased_until)


def _run_halves(rows: Sequence[Delivery], clock: Clock) -> int:
    middle = len(rows) // 2
    return _run_batch(rows[:middle], clock) + _run_batch(rows[middle:], clock)
