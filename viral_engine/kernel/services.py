"""The only writers of the logs and the outbox."""

import logging
from datetime import UTC, datetime, timedelta
from functools import partial

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F

from viral_engine.kernel import bus
from viral_engine.kernel.events import Event
from viral_engine.kernel.models import Decision, Delivery, LoggedEvent, SlotRun

logger = logging.getLogger(__name__)


def announce(event: Event, *, at: datetime, key: str | None = None) -> bool:
    """The event is logged in the caller's transaction, and its listeners run after commit.

    Returns False, and nobody hears anything, when an event with this idempotency key exists.

    Cost    1 insert, 1 more where a promise applies; a key adds one savepoint.
    """
    row = LoggedEvent(
        type=event.type,
        actor_id=event.actor_id,
        guest_id=event.guest_id,
        link_code=event.link_code,
        properties=event.properties(),
        at=at,
        idempotency_key=key,
    )
    if not _insert(row):
        return False
    deliveries = [Delivery(event=row, listener=listener.name) for listener in bus.durable_listeners(event)]
    if deliveries:
        Delivery.objects.bulk_create(deliveries)
    transaction.on_commit(partial(_call_listeners, event, at, deliveries))
    return True


def is_announced(key: str) -> bool:
    """Whether an event with this idempotency key exists: cheaper to ask than to insert a row that is refused. 1 query.

    A refused row also leaves a hole in the numbers of the log, which is asked for again for an hour.
    """
    return LoggedEvent.objects.filter(idempotency_key=key).exists()


def mention(event: Event, *, at: datetime) -> None:
    """Listeners hear the event after commit; it is not logged, because a row of its app already says so.

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
    for delivery in deliveries:
        try:
            deliver(delivery.pk, at=at)
        except DatabaseError:  # the fact is committed and so is its delivery: the sweep takes over
            logger.exception("delivery %s left to the sweep", delivery.pk)
    bus.call_after_commit_listeners(event, at)


def deliver(delivery_id: int, *, at: datetime) -> bool:
    """The promised listener has run once, or the delivery waits for its next try.

    Returns True when this call ran it. A failure is kept in `last_error`, backs off 10 s, 20 s, 40 s ...
    and parks after 8 tries.

    Cost    4 queries beyond the listener's own.
    """
    lease = at + Delivery.LEASE
    claimed = Delivery.objects.waiting(at).filter(pk=delivery_id)
    if not claimed.update(leased_until=lease, attempts=F("attempts") + 1):
        return False
    delivery = Delivery.objects.select_related("event").get(pk=delivery_id)
    try:
        with transaction.atomic():
            # Marked first: were the lease lost meanwhile, the row lock or this count says so before any effect.
            mine = Delivery.objects.filter(pk=delivery_id, leased_until=lease, processed_at=None)
            if not mine.update(processed_at=at, leased_until=None):
                return False
            event = delivery.event.as_event()
            bus.durable_listener(event, delivery.listener).call(event, delivery.event.at)
    except Exception as error:
        logger.exception("delivery %s to %s failed", delivery_id, delivery.listener)
        pause = timedelta(seconds=10 * 2 ** (delivery.attempts - 1))
        Delivery.objects.filter(pk=delivery_id, processed_at=None).update(
            leased_until=at + pause, last_error=f"{type(error).__name__}: {error}"[:2000]
        )
        return False
    return True


def deliver_waiting(*, at: datetime, limit: int = 200) -> int:
    """Every waiting delivery has had a try; returns how many ran.

    The age guard leaves the first 5 seconds to the process that announced the event.
    """
    waiting = Delivery.objects.waiting(at).filter(event__at__lt=at - timedelta(seconds=5))
    ids = list(waiting.order_by("pk").values_list("pk", flat=True)[:limit])
    return sum(deliver(pk, at=at) for pk in ids)


def record_decisions(*decisions: Decision) -> None:
    """Decisions of one step are one insert."""
    Decision.objects.bulk_create(decisions)


def claim_slot(task: str, *, every_s: int, at: datetime, epoch: int | None = None) -> bool:
    """True for exactly one caller per task and slot of `every_s` seconds, however many beats run.

    A caller who numbers its epochs finds all slots free again in a new one; those of the last ten are cleaned up.

    Cost  2 statements along the unique index, 1 where another was first: this is asked all the time.
    """
    slot = datetime.fromtimestamp(at.timestamp() // every_s * every_s, tz=UTC)
    names = [task] if epoch is None else [f"{task}.{one}" for one in range(max(0, epoch - 9), epoch + 1)]
    try:
        with transaction.atomic():
            SlotRun.objects.create(task=names[-1], slot=slot)
    except IntegrityError:
        return False
    SlotRun.objects.filter(task__in=names, slot__lt=slot - timedelta(days=7)).delete()
    return True
