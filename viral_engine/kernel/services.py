"""The only writers of the logs and the outbox."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

from django.db import IntegrityError, transaction

from viral_engine.kernel import bus
from viral_engine.kernel.events import Event
from viral_engine.kernel.models import Decision, Delivery, LoggedEvent, PeriodicRun
from viral_engine.kernel.outbox import deliver_now


class Announcement(NamedTuple):
    """An event to announce, the instant it happened, and its idempotency key, if it has one."""

    event: Event
    at: datetime
    key: str | None = None


def announce(event: Event, *, at: datetime, key: str | None = None) -> bool:
    """Log an event in the caller's transaction; its listeners run after commit.

    Returns False, and nothing is logged, when an event with this idempotency key exists.

    Cost    1 insert, 1 more where a durable listener applies; a key adds one savepoint.
    """
    row = _row_of(Announcement(event, at, key))
    if not _insert(row):
        return False
    _deliver_after_commit([(event, at, row)])
    return True


def announce_many(announcements: Iterable[Announcement]) -> int:
    """Log events as `announce` does, those with a known key left out; returns how many were new.

    Cost    1 query where keys are given, and 2 inserts, however many.
    Raises  IntegrityError when another process announced one of the keys meanwhile; nothing is logged.
    """
    wanted = list({one.key or id(one): one for one in announcements}.values())
    keys = [one.key for one in wanted if one.key is not None]
    known = set(LoggedEvent.objects.filter(idempotency_key__in=keys).values_list("idempotency_key", flat=True))
    fresh = [one for one in wanted if one.key is None or one.key not in known]
    rows = LoggedEvent.objects.bulk_create(_row_of(one) for one in fresh)
    _deliver_after_commit([(one.event, one.at, row) for one, row in zip(fresh, rows, strict=True)])
    return len(fresh)


def _row_of(one: Announcement) -> LoggedEvent:
    return LoggedEvent(
        type=one.event.type,
        actor_id=one.event.actor_id,
        guest_id=one.event.guest_id,
        link_code=one.event.link_code,
        properties=one.event.properties(),
        at=one.at,
        idempotency_key=one.key,
    )


def _deliver_after_commit(logged: Sequence[tuple[Event, datetime, LoggedEvent]]) -> None:
    deliveries = {
        row.pk: [Delivery(event=row, listener=listener.name) for listener in bus.durable_listeners(event)]
        for event, _, row in logged
    }
    if any(deliveries.values()):
        Delivery.objects.bulk_create(one for of_event in deliveries.values() for one in of_event)
    for event, at, row in logged:
        transaction.on_commit(partial(_call_listeners, event, at, deliveries[row.pk]))


def is_announced(key: str) -> bool:
    """Whether an event with this idempotency key exists. 1 query.

    Cheaper than a refused insert, which also leaves an id gap in the log that readers check again for an hour.
    """
    return LoggedEvent.objects.filter(idempotency_key=key).exists()


def announce_unlogged(event: Event, *, at: datetime) -> None:
    """Call the after-commit listeners without logging the event, because a row of its app already records it.

    Durable listeners are not called: there is no log row to deliver.

    Cost    no statement.
    """
    transaction.on_commit(partial(bus.call_after_commit_listeners, event, at))


def _insert(row: LoggedEvent) -> bool:
    if row.idempotency_key is None:
        row.save(force_insert=True)
        return True
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def _call_listeners(event: Event, at: datetime, deliveries: list[Delivery]) -> None:
    deliver_now(deliveries, at=at)
    bus.call_after_commit_listeners(event, at)


def record_decisions(*decisions: Decision) -> None:
    """Log the decisions of one step. Cost  1 insert."""
    Decision.objects.bulk_create(decisions)


def claim_slot(task: str, *, every_s: int, at: datetime, epoch: int | None = None) -> bool:
    """Claim this run of a periodic task: True for exactly one caller per slot of `every_s` seconds.

    All slots are free again in a new epoch; rows of the last ten slots are cleaned up.

    Cost  2 statements along the unique index, 1 where another caller was first. It runs constantly.
    """
    slot = datetime.fromtimestamp(at.timestamp() // every_s * every_s, tz=UTC)
    names = [task] if epoch is None else [f"{task}.{one}" for one in range(max(0, epoch - 9), epoch + 1)]
    try:
        with transaction.atomic():
            PeriodicRun.objects.create(task=names[-1], slot=slot)
    except IntegrityError:
        return False
    PeriodicRun.objects.filter(task__in=names, slot__lt=slot - timedelta(days=7)).delete()
    return True
