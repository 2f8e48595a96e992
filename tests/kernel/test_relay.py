"""The relay runs durable listeners as soon as their events commit."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from tests.concurrency import within
from tests.factories import Committed
from tests.kernel.sample_events import KettleBoiled, failures, pay
from viral_engine.kernel import bus, outbox, relay, services
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Delivery, Exclusive, PeriodicRun

BRANDED: list[int] = []


def brand(event: KettleBoiled, at: datetime) -> None:
    BRANDED.append(event.liters)


@pytest.fixture(autouse=True)
def with_a_relay(settings: Settings) -> Iterator[None]:
    settings.OUTBOX_EAGER = False
    yield
    bus._durable.pop(KettleBoiled, None)
    failures.clear()
    BRANDED.clear()


@pytest.fixture
def running(transactional_db: None) -> Iterator[threading.Event]:
    stopped = threading.Event()

    def run() -> None:
        relay.run(stopped)
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    yield stopped
    stopped.set()
    thread.join(15)


def boil(liters: int) -> None:
    with transaction.atomic():
        services.announce(KettleBoiled(liters=liters), at=now())


@pytest.mark.usefixtures("running")
def test_a_listener_runs_after_the_commit_without_the_announcer() -> None:
    bus.on(KettleBoiled, durable=[pay])
    assert within(10, Exclusive.objects.filter(held_until__isnull=False).exists)  # the relay waits for a ring
    boil(3)
    assert within(3, PeriodicRun.objects.filter(task="paid-3").exists)


def test_a_relay_that_stops_gives_the_outbox_to_the_next_one(running: threading.Event) -> None:
    assert within(10, Exclusive.objects.filter(held_until__isnull=False).exists)
    running.set()
    assert within(10, Exclusive.objects.filter(held_until=None).exists)


@pytest.mark.usefixtures("running")
def test_a_failing_listener_stops_no_other_and_waits_for_its_retry() -> None:
    failures.extend([True] * 2)  # with the others, and alone
    bus.on(KettleBoiled, durable=[pay, brand])
    boil(4)
    assert within(10, lambda: BRANDED == [4])
    failed = Delivery.objects.get(listener__endswith="pay")
    assert within(5, lambda: Delivery.objects.get(pk=failed.pk).last_error == "RuntimeError: no change")


@pytest.mark.django_db
def test_what_must_be_done_at_once_is_done_by_the_announcer(committed: Committed) -> None:
    bus.on(KettleBoiled, durable=[bus.at_once(brand), pay])
    with committed():
        boil(5)
    assert BRANDED == [5]
    assert Delivery.objects.get(listener__endswith="brand").processed_at is not None
    left = Delivery.objects.get(listener__endswith="pay")
    assert (left.processed_at, left.leased_until, left.attempts) == (None, None, 0)


@pytest.mark.django_db
def test_an_announcer_that_dies_leaves_its_part_to_the_relay() -> None:
    """Nothing runs after the commit here, as after a kill."""
    bus.on(KettleBoiled, durable=[bus.at_once(pay)])
    boil(6)
    left = Delivery.objects.get()
    assert outbox.drain(at=left.event.at + timedelta(seconds=4)) == 0
    assert outbox.drain(at=left.event.at + timedelta(seconds=6)) == 1
    assert PeriodicRun.objects.filter(task="paid-6").exists()
