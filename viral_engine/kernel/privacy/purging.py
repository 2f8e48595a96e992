"""Purge rows whose period is over, in batches, and measure the oldest row of each class."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import Error as AnyDatabaseError
from django.db import transaction
from django.db.models import Q, QuerySet

from viral_engine.kernel.clock import clock_from
from viral_engine.kernel.privacy.policies import DataPolicy, Purge, holds_of, policies
from viral_engine.kernel.privacy.retention import RETENTION, RetentionClass

logger = logging.getLogger(__name__)
BATCH = 1000
RUN_FOR = timedelta(seconds=30)  # half of a task's time limit
Clock = Callable[[], datetime]


def purge_class(kind: RetentionClass, *, at: datetime, until: datetime, clock: Clock) -> int:
    """Purge every table of the class until the period or the time is over; returns the number of rows.

    A table that cannot be purged is logged, and the others are purged all the same.

    Cost  for each table 1 query, and 2 statements a batch.
    """
    purged = 0
    for policy, purge in _timed(kind):
        try:
            purged += _purge_table(policy, purge, kind, at=at, until=until, clock=clock)
        except AnyDatabaseError:
            logger.exception("%s is not purged", policy.name)
    return purged


def _timed(kind: RetentionClass) -> Iterable[tuple[DataPolicy, Purge]]:
    return [(policy, policy.purges[kind.key]) for policy in policies() if kind.key in policy.purges]


def _purge_table(
    policy: DataPolicy, purge: Purge, kind: RetentionClass, *, at: datetime, until: datetime, clock: Clock
) -> int:
    if purge.service is not None:
        return purge.service(at)
    purged, found = 0, due_rows(policy, purge, kind, at)
    while clock() < until:
        keys = list(found.values_list("pk", flat=True)[:BATCH])
        if keys:
            purged += _purge_batch(policy, purge, keys)
        if len(keys) < BATCH:
            break
    return purged


@transaction.atomic
def _purge_batch(policy: DataPolicy, purge: Purge, keys: list[object]) -> int:
    rows = policy.rows().filter(pk__in=keys)
    if purge.blank is not None:
        return int(rows.update(**purge.blank))
    rows.delete()
    return len(keys)


def due_rows(policy: DataPolicy, purge: Purge, kind: RetentionClass, at: datetime) -> QuerySet[Any]:
    """The rows whose period is over and that nothing holds back, oldest first."""
    ended = Q(**{f"{purge.since}__lt": at - (kind.period or timedelta())})
    return _purgeable(policy, purge, at).filter(ended).order_by(purge.since, "pk")


def _purgeable(policy: DataPolicy, purge: Purge, at: datetime) -> QuerySet[Any]:
    """Every row that the purge will reach one day: without held ones and, where it blanks, without blank ones."""
    rows: QuerySet[Any] = policy.rows().filter(purge.only(at))
    if purge.blank is not None:
        rows = rows.exclude(**purge.blank)
    for hold in holds_of(policy.model):
        rows = rows.exclude(hold.rows(at))
    return rows


def oldest_row(kind: RetentionClass, at: datetime) -> datetime | None:
    """The oldest row of the class that a purge will reach; None without one. Cost  1 query a table."""
    found = [_oldest_of(policy, purge, at) for policy, purge in _timed(kind)]
    return min((one for one in found if one is not None), default=None)


def _oldest_of(policy: DataPolicy, purge: Purge, at: datetime) -> datetime | None:
    dated = _purgeable(policy, purge, at).filter(**{f"{purge.since}__isnull": False})
    oldest: datetime | None = dated.order_by(purge.since).values_list(purge.since, flat=True).first()
    return oldest


def timed_classes() -> list[RetentionClass]:
    return [kind for kind in RETENTION.values() if kind.period is not None]


def purge_all(*, at: datetime, note: Callable[[RetentionClass, int, datetime | None], None]) -> int:
    """Purge all classes within 30 s; `note` gets each class with its purged rows and its oldest row left.

    A class that found no time continues in the next run. One whose oldest row cannot be read keeps its earlier note,
    which grows older until the alert fires.
    """
    clock, total = clock_from(at), 0
    for kind in timed_classes():
        purged = purge_class(kind, at=at, until=at + RUN_FOR, clock=clock)
        total += purged
        try:
            note(kind, purged, oldest_row(kind, at))
        except AnyDatabaseError:
            logger.exception("the oldest row of %s cannot be read", kind.key)
    return total
