from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.factories import Committed
from tests.kernel.sample_events import KettleBoiled, failures, pay
from viral_engine.kernel import bus, outbox, services
from viral_engine.kernel.models import Delivery, LoggedEvent, PeriodicRun

pytestmark = pytest.mark.django_db


heard: list[tuple[str, int, datetime]] = []


def pour(event: KettleBoiled, at: datetime) -> None:
    heard.append(("pour", event.liters, at))


def burn(event: KettleBoiled, at: datetime) -> None:
    raise RuntimeError("too hot")


@pytest.fixture(autouse=True)
def own_wiring() -> Iterator[None]:
    yield
    heard.clear()
    failures.clear()
    bus._after_commit.pop(KettleBoiled, None)
    bus._durable.pop(KettleBoiled, None)


def test_announce_logs_the_event_under_its_own_name(at: datetime) -> None:
    assert services.announce(KettleBoiled(actor_id=7, guest_id="g", link_code="abcdefgh", liters=2), at=at) is True
    row = LoggedEvent.objects.get()
    assert (row.type, row.actor_id, row.guest_id, row.link_code) == ("kettle_boiled", 7, "g", "abcdefgh")
    assert (row.properties, row.at, row.is_invalid) == ({"liters": 2}, at, False)
    assert row.as_event() == KettleBoiled(actor_id=7, guest_id="g", link_code="abcdefgh", liters=2)


def test_announce_under_a_known_key_logs_and_calls_nothing_twice(at: datetime, committed: Committed) -> None:
    bus.on(KettleBoiled, after_commit=[pour])
    with committed():
        assert services.announce(KettleBoiled(liters=1), at=at, key="k") is True
        assert services.announce(KettleBoiled(liters=1), at=at, key="k") is False
    assert LoggedEvent.objects.count() == 1
    assert heard == [("pour", 1, at)]


def test_after_commit_listeners_wait_for_the_commit_and_one_that_fails_does_not_stop_the_next(
    at: datetime, committed: Committed
) -> None:
    bus.on(KettleBoiled, after_commit=[burn])
    bus.on(KettleBoiled, after_commit=[pour])
    with committed():
        services.announce(KettleBoiled(liters=3), at=at)
        assert heard == []
    assert heard == [("pour", 3, at)]


def test_a_durable_listener_runs_once_and_so_does_its_effect(at: datetime, committed: Committed) -> None:
    bus.on(KettleBoiled, durable=[pay])
    with committed():
        services.announce(KettleBoiled(liters=1), at=at)
    delivery = Delivery.objects.get()
    assert (delivery.processed_at, delivery.attempts) == (at, 1)
    assert outbox.drain(at=at + timedelta(hours=1)) == 0
    assert PeriodicRun.objects.filter(task="paid-1").count() == 1


def test_a_durable_listener_that_fails_leaves_no_effect_and_runs_later(at: datetime, committed: Committed) -> None:
    failures.append(True)
    bus.on(KettleBoiled, durable=[pay])
    with committed():
        services.announce(KettleBoiled(liters=1), at=at)
    delivery = Delivery.objects.get()
    assert (delivery.processed_at, delivery.last_error) == (None, "RuntimeError: no change")
    assert PeriodicRun.objects.count() == 0
    assert outbox.drain(at=at + timedelta(seconds=9)) == 0  # backing off
    assert outbox.drain(at=at + timedelta(seconds=11)) == 1
    assert PeriodicRun.objects.filter(task="paid-1").count() == 1


def test_the_sweep_delivers_what_a_dead_process_left(at: datetime) -> None:
    """Nothing runs after commit here, as after a kill: only the row is left."""
    bus.on(KettleBoiled, durable=[pay])
    services.announce(KettleBoiled(liters=4), at=at)
    assert outbox.drain(at=at + timedelta(seconds=4)) == 0  # still the announcing process's own moment
    assert outbox.drain(at=at + timedelta(seconds=6)) == 1
    assert outbox.drain(at=at + timedelta(seconds=99)) == 0
    assert PeriodicRun.objects.filter(task="paid-4").count() == 1


def test_a_delivery_that_always_fails_is_dead_lettered_after_eight_attempts(at: datetime) -> None:
    failures.extend([True] * 20)
    bus.on(KettleBoiled, durable=[pay])
    services.announce(KettleBoiled(liters=1), at=at)
    for days in range(1, 12):
        outbox.drain(at=at + timedelta(days=days))
    assert Delivery.objects.all().dead_lettered().get().attempts == 8
    assert len(failures) == 12


def test_a_durable_listener_whose_condition_is_false_gets_no_row(at: datetime) -> None:
    bus.on(KettleBoiled, durable=[bus.when(lambda event: event.liters > 5, pay)])
    services.announce(KettleBoiled(liters=1), at=at)
    assert Delivery.objects.count() == 0


def test_a_delivery_to_an_unwired_listener_names_it_in_its_error(at: datetime) -> None:
    bus.on(KettleBoiled, durable=[pay])
    services.announce(KettleBoiled(liters=1), at=at)
    bus._durable.pop(KettleBoiled)
    outbox.drain(at=at + timedelta(minutes=1))
    assert Delivery.objects.get().last_error == (
        "LookupError: tests.kernel.sample_events.pay is not wired to kettle_boiled"
    )


def test_a_slot_is_claimed_once_and_the_next_slot_again(at: datetime) -> None:
    assert services.claim_slot("tidy", every_s=60, at=at) is True
    assert services.claim_slot("tidy", every_s=60, at=at + timedelta(seconds=59)) is False
    assert services.claim_slot("tidy", every_s=60, at=at + timedelta(seconds=60)) is True
    assert services.claim_slot("dust", every_s=60, at=at) is True
