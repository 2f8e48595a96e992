"""The only writers of the logs and the outbox."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain

from django.db import IntegrityError, transaction
from django.db.models import F

from viral_engine.kernel import bus, relay
from viral_engine.kernel.bell import bell
from viral_engine.kernel.events import Event
from viral_engine.kernel.models import Decision, Delivery, LoggedEvent, PeriodicRun, RetentionState
from viral_engine.kernel.outbox import ANNOUNCER_LEASE, deliver_now
from viral_engine.kernel.privacy.purging import purge_all
from viral_engine.kernel.privacy.retention import RETENTION, OldestRow, RetentionClass


def announce(event: Event, *, at: datetime, key: str | None = None) -> bool:
    """Log the event in the caller's transaction, and call its listeners after commit.

    Durable listeners run in the relay, except those wired `at_once`.

    Returns False, and calls no listener, when an event with this idempotency key exists.

    Cost    1 insert, 1 more where a durable listener applies; a key adds one savepoint.
    """
    row = _row_of(event, at, key)
    if not _insert(row):
        return False
    deliveries = _deliveries_of(row, event, at)
    if deliveries:
        Delivery.objects.bulk_create(deliveries)
    transaction.on_commit(partial(_call_listeners, event, at, deliveries))
    return True


def announce_all(events: Sequence[tuple[Event, str | None]], *, at: datetime) -> None:
    """Log many events of one instant, each with its new idempotency key or None; their listeners run after commit.

    Cost    1 insert, 1 more where durable listeners apply.
    Raises  IntegrityError when one of the keys exists; nothing is written.
    """
    rows = LoggedEvent.objects.bulk_create(_row_of(event, at, key) for event, key in events)
    deliveries = [_deliveries_of(row, event, at) for row, (event, _) in zip(rows, events, strict=True)]
    Delivery.objects.bulk_create(chain.from_iterable(deliveries))
    for (event, _), mine in zip(events, deliveries, strict=True):
        transaction.on_commit(partial(_call_listeners, event, at, mine))


def _row_of(event: Event, at: datetime, key: str | None) -> LoggedEvent:
    return LoggedEvent(
        type=event.type,
        actor_id=event.actor_id,
        guest_id=event.guest_id,
        link_code=event.link_code,
        properties=event.properties(),
        at=at,
        idempotency_key=key,
    )


def _deliveries_of(row: LoggedEvent, event: Event, at: datetime) -> list[Delivery]:
    """A delivery for each durable listener; those that this process runs are leased to it."""
    is_relayed = relay.runs_elsewhere()
    return [
        Delivery(
            event=row,
            listener=listener.name,
            leased_until=None if is_relayed and not listener.is_at_once else at + ANNOUNCER_LEASE,
        )
        for listener in bus.durable_listeners(event)
    ]


def is_announced(key: str) -> bool:
    """Whether an event with this idempotency key exists. 1 query.

    Cheaper than a refused insert, which also leaves an id gap in the log that readers check again for an hour.
    """
    return LoggedEvent.objects.filter(idempotency_key=key).exists()


def announced_keys(keys: Sequence[str]) -> set[str]:
    """Those of the idempotency keys that exist. 1 query."""
    found = LoggedEvent.objects.filter(idempotency_key__in=keys).values_list("idempotency_key", flat=True)
    return {key for key in found if key is not None}


def mark_event(key: str, *, is_invalid: bool) -> None:
    """Leave the event with this idempotency key out of every count, or count it again. 1 statement."""
    LoggedEvent.objects.filter(idempotency_key=key).update(is_invalid=is_invalid)


def mark_events(ids: Iterable[int], *, is_invalid: bool) -> None:
    """Leave these events out of every count, or count them again. 1 statement."""
    LoggedEvent.objects.filter(pk__in=list(ids)).update(is_invalid=is_invalid)


def mark_events_of_link(code: str) -> list[int]:
    """Leave everything that came through a link out of every count; returns the ids that counted. 2 statements."""
    counted = list(LoggedEvent.objects.filter(link_code=code, is_invalid=False).values_list("pk", flat=True))
    mark_events(counted, is_invalid=True)
    return counted


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
    mine = [delivery for delivery in deliveries if delivery.leased_until is not None]
    deliver_now(mine, at=at)
    if len(mine) < len(deliveries):
        bell().ring()
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


def purge_personal_data(*, at: datetime) -> int:
    """Purge every class of the retention table, and note its oldest row; returns the number of purged rows.

    Cost  3 statements a class, 2 queries a table, 2 statements a batch of 1,000 rows; 30 s at most.
    """
    return purge_all(at=at, note=partial(_note_purge, at=at))


def has_purged(*classes: str) -> bool:
    """Whether rows of these classes were ever purged. 1 query."""
    return RetentionState.objects.filter(name__in=classes, purged__gt=0).exists()


def oldest_rows() -> list[OldestRow]:
    """The oldest row of each class of the retention table; empty before the first purge. 1 query."""
    states = RetentionState.objects.order_by("name").values_list("name", "oldest_at")
    return [OldestRow(RETENTION[name], oldest_at) for name, oldest_at in states if name in RETENTION]


def _note_purge(kind: RetentionClass, purged: int, oldest_at: datetime | None, *, at: datetime) -> None:
    RetentionState.objects.get_or_create(name=kind.key, defaults={"checked_at": at})
    RetentionState.objects.filter(name=kind.key).update(checked_at=at, oldest_at=oldest_at, purged=F("purged") + purged)
