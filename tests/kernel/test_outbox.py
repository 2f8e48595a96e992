"""The outbox drains in order, in batches, and a poisoned event waits alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from viral_engine.kernel import bus, outbox, services
from viral_engine.kernel.events import Event
from viral_engine.kernel.models import Delivery, Exclusive, LoggedEvent, PeriodicRun

pytestmark = pytest.mark.django_db
POISON = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelSent(Event):
    weight: int


calls: list[tuple[str, list[int]]] = []


def weigh(events: Sequence[tuple[ParcelSent, datetime]]) -> None:
    calls.append(("weigh", [event.weight for event, _ in events]))
    PeriodicRun.objects.bulk_create(PeriodicRun(task=f"weighed-{event.weight}", slot=at) for event, at in events)
    if any(event.weight == POISON for event, _ in events):
        raise RuntimeError("too heavy")


def stamp(event: ParcelSent, at: datetime) -> None:
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
    send(*range(100, 150), at=at)
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


def test_a_hold_that_was_lost_is_neither_renewed_nor_released(at: datetime) -> None:
    lost = Exclusive.objects.hold("outbox", at=at, lasts=timedelta(seconds=5))
    later = at + timedelta(seconds=5)
    kept = Exclusive.objects.hold("outbox", at=later, lasts=timedelta(seconds=5))
    assert lost is not None
    assert kept is not None
    lost.renew(at=later + timedelta(seconds=1))
    lost.release()
    assert Exclusive.objects.get().held_until == later + timedelta(seconds=5)
    kept.release()
    assert Exclusive.objects.get().held_until is None


def test_announcing_many_logs_each_key_once(at: datetime) -> None:
    before = at - timedelta(seconds=6)
    services.announce(ParcelSent(weight=1), at=before, key="parcel:1")
    many = [services.Announcement(ParcelSent(weight=weight), before, f"parcel:{weight}") for weight in (1, 2, 2, 3)]
    many += [services.Announcement(ParcelSent(weight=weight), before) for weight in (8, 9)]
    assert services.announce_many(many) == 4
    assert [one.properties["weight"] for one in LoggedEvent.objects.order_by("pk")] == [1, 2, 3, 8, 9]
    assert outbox.drain(at=at) == 10


@pytest.mark.parametrize("count", [1, 40])
def test_announcing_many_costs_three_statements(at: datetime, count: int) -> None:
    with CaptureQueriesContext(connection) as captured:
        services.announce_many(
            services.Announcement(ParcelSent(weight=weight), at, f"p:{weight}") for weight in range(count)
        )
    assert len([query for query in captured.captured_queries if "SAVEPOINT" not in query["sql"]]) == 3
