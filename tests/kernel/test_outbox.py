"""The outbox drains in order, in batches, and a poisoned event waits alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from graphlib import CycleError

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection
from django.test.utils import CaptureQueriesContext

from viral_engine.kernel import bus, outbox, services
from viral_engine.kernel.events import Event
from viral_engine.kernel.models import Delivery, Exclusive, PeriodicRun

pytestmark = pytest.mark.django_db
POISON = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelSent(Event):
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelReturned(Event):
    weight: int


calls: list[tuple[str, list[int]]] = []


def weigh(events: Sequence[tuple[ParcelSent, datetime]]) -> None:
    calls.append(("weigh", [event.weight for event, _ in events]))
    PeriodicRun.objects.bulk_create(PeriodicRun(task=f"weighed-{event.weight}", slot=at) for event, at in events)
    if any(event.weight == POISON for event, _ in events):
        raise RuntimeError("too heavy")


def stamp(event: ParcelSent | ParcelReturned, at: datetime) -> None:
    calls.append(("stamp", [event.weight]))


@pytest.fixture(autouse=True)
def own_wiring() -> Iterator[None]:
    bus.on(ParcelSent, durable=[bus.batched(weigh), stamp])
    yield
    calls.clear()
    bus._durable.pop(ParcelSent, None)


def send(*weights: int, at: datetime) -> None:
    """Announce parcels a moment ago; nothing runs after the commit, as if the process had died."""
    for weight in weights:
        services.announce(ParcelSent(weight=weight), at=at - timedelta(seconds=6))


def statements_of_drain(at: datetime) -> int:
    control = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    with CaptureQueriesContext(connection) as captured:
        outbox.drain(at=at)
    return sum(not query["sql"].startswith(control) for query in captured.captured_queries)


def test_a_drain_runs_each_listener_once_over_all_waiting_events_in_their_order(at: datetime) -> None:
    send(1, 2, 3, at=at)
    assert outbox.drain(at=at) == 6
    assert calls == [("weigh", [1, 2, 3]), ("stamp", [1]), ("stamp", [2]), ("stamp", [3])]
    assert outbox.drain(at=at) == 0
    assert list(Delivery.objects.values_list("attempts", "leased_until", "processed_at").distinct()) == [(1, None, at)]


def test_many_events_cost_no_more_statements_than_one(at: datetime) -> None:
    send(0, at=at)
    outbox.drain(at=at)  # the first drain of a site makes the row of its hold
    send(1, at=at)
    one = statements_of_drain(at)
    send(*range(20, 30), at=at)
    assert statements_of_drain(at) == one
    send(*range(100, 120), at=at)
    assert statements_of_drain(at) == one


def test_a_poisoned_event_waits_alone_and_leaves_no_effect(at: datetime) -> None:
    send(1, 2, POISON, 4, 5, at=at)
    assert outbox.drain(at=at) == 9
    assert sorted(PeriodicRun.objects.values_list("task", flat=True)) == [
        "weighed-1",
        "weighed-2",
        "weighed-4",
        "weighed-5",
    ]
    waiting = Delivery.objects.get(processed_at=None)
    assert (waiting.event.properties, waiting.attempts) == ({"weight": POISON}, 1)
    assert waiting.last_error == "RuntimeError: too heavy"
    assert waiting.leased_until == at + timedelta(seconds=10)


def test_what_failed_before_is_run_alone(at: datetime) -> None:
    send(POISON, at=at)
    outbox.drain(at=at)
    send(7, 8, at=at)
    calls.clear()
    outbox.drain(at=at + timedelta(seconds=11))
    assert [weights for name, weights in calls if name == "weigh"] == [[7, 8], [POISON]]


def test_a_listener_that_always_fails_dead_letters_its_rows_and_the_others_go_on(at: datetime) -> None:
    send(POISON, 1, at=at)
    for days in range(10):
        outbox.drain(at=at + timedelta(days=days))
    assert Delivery.objects.dead_lettered().get().attempts == 8
    assert Delivery.objects.filter(processed_at=None).count() == 1


def test_garbage_in_an_event_stops_nobody(at: datetime) -> None:
    send(1, 2, at=at)
    first = Delivery.objects.order_by("pk")[0].event
    first.properties = []
    first.save(update_fields=["properties"])
    assert outbox.drain(at=at) == 2
    assert Delivery.objects.filter(processed_at=None, event=first).count() == 2
    assert Delivery.objects.filter(processed_at=None).count() == 2


def test_one_process_drains_at_a_time_and_a_dead_one_is_replaced(at: datetime) -> None:
    send(1, at=at)
    assert Exclusive.objects.hold("outbox", at=at, lasts=outbox.DRAIN_LEASE) is not None
    assert outbox.drain(at=at + timedelta(seconds=14)) == 0
    assert outbox.drain(at=at + timedelta(seconds=15)) == 2


def test_a_drain_that_lost_its_right_stays_without_it(at: datetime) -> None:
    moments = iter([at, at + timedelta(seconds=20), at + timedelta(seconds=21)])
    mine = outbox.Drain.begin(lambda: next(moments))
    assert mine is not None
    Exclusive.objects.update(held_until=at + timedelta(seconds=99))  # another process took it meanwhile
    assert [mine.is_held(), mine.is_held()] == [False, False]


def test_a_hold_that_was_lost_is_neither_renewed_nor_released(at: datetime) -> None:
    lost = Exclusive.objects.hold("outbox", at=at, lasts=timedelta(seconds=5))
    later = at + timedelta(seconds=5)
    kept = Exclusive.objects.hold("outbox", at=later, lasts=timedelta(seconds=5))
    assert lost is not None
    assert kept is not None
    assert lost.renew(at=later + timedelta(seconds=1)) is False
    lost.release()
    assert Exclusive.objects.get().held_until == later + timedelta(seconds=5)
    kept.release()
    assert Exclusive.objects.get().held_until is None


def unpack(event: ParcelReturned, at: datetime) -> None:
    calls.append(("unpack", [event.weight]))


def test_each_event_reaches_its_listeners_in_the_order_of_wiring(at: datetime) -> None:
    """`stamp` is the second listener of one event and the last of the other: it must not run early for either."""
    bus.on(ParcelReturned, durable=[unpack, stamp])
    try:
        send(1, at=at)
        services.announce(ParcelReturned(weight=2), at=at - timedelta(seconds=6))
        send(3, at=at)
        assert outbox.drain(at=at) == 6
    finally:
        bus._durable.pop(ParcelReturned, None)
    for weight, order in ((1, ["weigh", "stamp"]), (2, ["unpack", "stamp"]), (3, ["weigh", "stamp"])):
        assert [name for name, weights in calls if weight in weights] == order


def test_a_delivery_that_takes_its_process_with_it_is_given_up_and_runs_last(at: datetime) -> None:
    """Its attempts were counted at the claim, and no attempt ever ended."""
    send(1, 2, 3, at=at)
    deadly, tried, _ = Delivery.objects.filter(listener__endswith="stamp").order_by("pk")
    Delivery.objects.filter(pk=deadly.pk).update(attempts=7)
    Delivery.objects.filter(pk=tried.pk).update(attempts=1)
    outbox.drain(at=at)
    assert [weights for name, weights in calls if name == "stamp"] == [[3], [2], [1]]
    send(4, at=at)
    Delivery.objects.filter(processed_at=None, listener__endswith="stamp").update(attempts=8)
    outbox.drain(at=at)
    given_up = Delivery.objects.dead_lettered().get()
    assert (given_up.event.properties, given_up.last_error) == ({"weight": 4}, "The last attempt never ended.")


def test_listeners_of_one_event_at_a_time_share_a_transaction_of_twenty(at: datetime) -> None:
    send(*range(100, 145), at=at)
    batches = [
        len(batch) for batch in outbox._batches(outbox._claim(lambda: at)) if batch[0].listener.endswith("stamp")
    ]
    assert batches == [20, 20, 5]


def test_a_delivery_whose_lease_was_lost_has_no_effect(at: datetime) -> None:
    send(1, 2, at=at)
    rows = outbox._claim(lambda: at)
    Delivery.objects.filter(pk=rows[0].pk).update(leased_until=at + timedelta(seconds=200))
    assert [outbox._run_batch(batch, lambda: at) for batch in outbox._batches(rows)] == [1, 2]
    assert [weights for name, weights in calls if name == "weigh"] == [[2]]


def test_a_task_that_runs_out_of_time_lets_the_delivery_wait_and_stops(at: datetime) -> None:
    def run_out(event: ParcelReturned, at: datetime) -> None:
        raise SoftTimeLimitExceeded

    bus.on(ParcelReturned, durable=[run_out])
    try:
        services.announce(ParcelReturned(weight=1), at=at - timedelta(seconds=6))
        with pytest.raises(SoftTimeLimitExceeded):
            outbox.drain(at=at)
    finally:
        bus._durable.pop(ParcelReturned, None)
    assert Delivery.objects.get().last_error == "The task ran out of time."
    assert Exclusive.objects.get().held_until is None


def test_a_row_that_only_some_events_have_divides_no_batch(at: datetime) -> None:
    bus._durable.pop(ParcelSent)
    bus.on(ParcelSent, durable=[bus.when(lambda event: event.weight == 2, stamp), bus.batched(weigh)])
    send(1, 2, 3, at=at)
    assert outbox.drain(at=at) == 4
    assert calls == [("stamp", [2]), ("weigh", [1, 2, 3])]


def drop(event: ParcelSent | ParcelReturned, at: datetime) -> None:
    calls.append(("drop", [event.weight]))


def test_events_that_name_listeners_in_opposite_orders_are_refused() -> None:
    bus._durable.pop(ParcelSent)
    bus.on(ParcelSent, durable=[drop, stamp])
    try:
        with pytest.raises(CycleError):
            bus.on(ParcelReturned, durable=[stamp, drop])
    finally:
        bus._durable.pop(ParcelReturned, None)
