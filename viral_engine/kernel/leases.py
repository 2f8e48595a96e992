"""Leased work: rows that one process at a time takes, completes once, retries with backoff, or dead-letters.

A claim is a conditional UPDATE, so any number of workers may run the same table. A process that dies keeps its lease
until it runs out; then another takes the row. A handler may therefore run twice: its effect leaves the database (a
mail), and the mark comes after it. Deliveries, whose effects are rows, are marked in the same transaction (outbox.py).
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, Self, TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from django.db import Error as AnyDatabaseError
from django.db import connection, models, transaction
from django.db.models import F, Q

from viral_engine.kernel.clock import clock_from

logger = logging.getLogger(__name__)
W = TypeVar("W", bound="LeasedWork")
Clock = Callable[[], datetime]
Handler = Callable[[W], Mapping[str, Any] | None]  # returns columns that completion stores with the row
RUN_FOR = timedelta(seconds=30)  # half of a task's time limit: the last attempt may use the other half
MAX_PAUSE = timedelta(hours=1)
MAX_ERROR = 2000  # characters


class TryLater(Exception):
    """The attempt may succeed later; `wait_s` is the delay the other side asked for. The row stores the text."""

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.wait = timedelta(seconds=wait_s or 0)


class GiveUp(Exception):
    """No attempt can succeed: the row is dead-lettered at once. The row stores the text."""


class StopRun(Exception):
    """No row can succeed now: the run ends, and this attempt does not count."""


class LeasedQuerySet(models.QuerySet[W]):
    def unfinished(self) -> Self:
        """Neither completed nor dead-lettered."""
        return self.filter(**{self.model.COMPLETED: None}, dead_lettered_at=None)

    def claimable(self, at: datetime) -> Self:
        """Unfinished and not leased: conditions on columns of the row itself, because a claim is an UPDATE of them.

        PostgreSQL rechecks the row after a concurrent update, but not the rows joined to it.
        """
        return self.unfinished().filter(Q(leased_until=None) | Q(leased_until__lte=at))

    def waiting(self, at: datetime) -> Self:
        """Claimable, and worth claiming now."""
        return self.claimable(at)

    def dead_lettered(self) -> Self:
        return self.filter(**{self.model.COMPLETED: None}, dead_lettered_at__isnull=False)

    def requeue(self) -> int:
        """Requeue dead letters with all their attempts; returns how many."""
        return self.dead_lettered().update(dead_lettered_at=None, attempts=0, leased_until=None)

    def claim(self, pk: Any, *, at: datetime) -> "Lease[W] | None":
        """Lease the row to this caller, or return None where it is finished or leased. Cost  1 statement."""
        ends_at = at + self.model.LEASE
        claimed = self._fresh().claimable(at).filter(pk=pk).update(leased_until=ends_at, attempts=F("attempts") + 1)
        return Lease(self, pk, ends_at) if claimed else None

    def held(self, pk: Any, ends_at: datetime) -> Self:
        """The row, as long as the lease that ends at this instant is current."""
        return self._fresh().unfinished().filter(pk=pk, leased_until=ends_at)

    def _fresh(self) -> Self:
        return type(self)(self.model)


class LeasedWork(models.Model):
    """A row of work. `COMPLETED` names the subclass's own instant of success: sent_at, made_at."""

    COMPLETED: ClassVar[str]
    LEASE: ClassVar[timedelta]
    MAX_ATTEMPTS: ClassVar[int]
    RETRY_AFTER: ClassVar[timedelta]
    RETRY_DOUBLES: ClassVar[bool] = False  # each pause is twice the one before
    OUTLASTS_OUTAGES: ClassVar[bool] = False  # TryLater never dead-letters: the row has an expiry of its own

    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    dead_lettered_at = models.DateTimeField(null=True, blank=True, help_text="Dead-lettered: a person must decide.")
    last_error = models.TextField(blank=True, default="")

    class Meta:
        abstract = True

    @classmethod
    def pause_after(cls, attempts: int) -> timedelta:
        """The pause after this many attempts, an hour at most."""
        doublings = min(attempts - 1, 16) if cls.RETRY_DOUBLES else 0
        return min(cls.RETRY_AFTER * (1 << doublings), MAX_PAUSE)

    @classmethod
    def describe(cls, error: Exception) -> str:
        """The kind of an unexpected error alone: its message may name a person."""
        return type(error).__name__


@dataclass(frozen=True, slots=True)
class Lease(Generic[W]):
    """The right to work on one row until `ends_at`. Once the lease is lost, none of its methods changes the row."""

    rows: LeasedQuerySet[W]
    pk: Any
    ends_at: datetime

    def load(self) -> W | None:
        """Read the row as the lease holds it; None when it was deleted or the lease was lost."""
        return self.rows.filter(pk=self.pk, leased_until=self.ends_at).first()

    def complete(self, columns: Mapping[str, Any] | None = None, *, at: datetime) -> bool:
        """Mark the row completed; `columns` are stored with the mark and may overrule it. False: the lease was lost."""
        stored = {self.rows.model.COMPLETED: at, "leased_until": None, "last_error": ""} | dict(columns or {})
        with transaction.atomic():  # a database error must not break the surrounding transaction
            return bool(self._held().update(**stored))

    def retry(self, reason: str, *, at: datetime, wait: timedelta = timedelta(), is_outage: bool = False) -> None:
        """Let the row wait for its next attempt, or dead-letter it after its last. Cost  2 statements."""
        model, attempts = self.rows.model, self._held().values_list("attempts", flat=True).first()
        if attempts is None:
            return
        if attempts >= model.MAX_ATTEMPTS and not (is_outage and model.OUTLASTS_OUTAGES):
            self.dead_letter(reason, at=at)
            return
        logger.warning("%s %s is retried later: %s", model._meta.label, self.pk, reason)
        pause = min(max(model.pause_after(attempts), wait), MAX_PAUSE)
        self._held().update(leased_until=at + pause, last_error=reason[:MAX_ERROR])

    def dead_letter(self, reason: str, *, at: datetime) -> None:
        """Dead-letter the row: no run takes it again until staff requeue it."""
        if self._held().update(dead_lettered_at=at, leased_until=None, last_error=reason[:MAX_ERROR]):
            logger.error("%s %s is dead-lettered: %s", self.rows.model._meta.label, self.pk, reason)

    def release(self) -> None:
        """Release the row as if it had never been claimed."""
        self._held().update(leased_until=None, attempts=F("attempts") - 1)

    def _held(self) -> LeasedQuerySet[W]:
        return self.rows.held(self.pk, self.ends_at)


def work(lease: Lease[W], handle: Handler[W], *, clock: Clock) -> W | None:
    """Handle one leased row; returns it when this call completed it, None when it was retried, dead-lettered or lost.

    Cost    3 statements, and the handler's own.
    Raises  SoftTimeLimitExceeded, StopRun; the row waits.
    """
    try:
        row = lease.load()
        if row is None:
            return None
        if row.attempts > row.MAX_ATTEMPTS and not row.OUTLASTS_OUTAGES:
            raise GiveUp(row.last_error or "The last attempt never ended.")
        return row if lease.complete(handle(row), at=clock()) else None
    except SoftTimeLimitExceeded:
        lease.retry("The task ran out of time.", at=clock(), is_outage=True)
        raise
    except StopRun:
        lease.release()
        raise
    except TryLater as reason:
        lease.retry(str(reason), at=clock(), wait=reason.wait, is_outage=True)
    except GiveUp as reason:
        lease.dead_letter(str(reason), at=clock())
    except Exception as error:
        logger.exception("%s %s failed", lease.rows.model._meta.label, lease.pk)
        lease.retry(lease.rows.model.describe(error), at=clock())
    return None


def run(
    rows: LeasedQuerySet[W],
    handle: Handler[W],
    *,
    at: datetime,
    limit: int | None = None,
    skip: Callable[[Any], bool] = lambda _: False,
) -> list[W]:
    """Give every waiting row of `rows` an attempt, by default oldest first; returns the completed ones.

    A row that cannot be handled never stops the others. The run ends after 30 s, with the task's time, at StopRun, and
    when the database is lost; the rest waits for the next run. `skip` passes over a row by its key, before the claim.

    Cost  1 query, and 4 statements a row beside the handler's own.
    """
    clock, completed = clock_from(at), []
    ordered = rows if rows.ordered else rows.order_by("pk")
    for pk in list(ordered.waiting(at).values_list("pk", flat=True)[:limit]):
        if (moment := clock()) >= at + RUN_FOR:
            break
        try:
            lease = None if skip(pk) else rows.claim(pk, at=moment)
            row = work(lease, handle, clock=clock) if lease else None
        except StopRun:
            break
        except AnyDatabaseError:
            if not connection.is_usable():
                raise
            logger.exception("%s %s is left to its lease", rows.model._meta.label, pk)
            continue
        if row is not None:
            completed.append(row)
    return completed
