"""Counting from several connections at once: each row is counted once, also during a rebuild."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime

import pytest
from django.db import connection, transaction

from monitoring.growth import services
from monitoring.growth.services.rebuild import rebuild, reset_counts
from monitoring.models import StreamCursor
from tests.monitoring.growth.factories import exposed, member, practiced
from tests.monitoring.growth.oracle import Oracle, counted
from viral_engine.kernel.models import LoggedEvent

pytestmark = pytest.mark.django_db(transaction=True)
needs_two_writers = pytest.mark.services  # on SQLite a transaction that writes is alone


@contextmanager
def held_open(at: datetime) -> Iterator[None]:
    """Count on another connection, and keep its transaction open until the block ends."""
    is_counted, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                services.count_events(at=at)
                is_counted.set()
                may_end.wait(timeout=30)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        assert is_counted.wait(timeout=30)
        try:
            yield
        finally:
            may_end.set()
            holding.result(timeout=30)


def aside(act: object, *arguments: object, **options: object) -> "Future[object]":
    def run() -> object:
        try:
            return act(*arguments, **options)  # type: ignore[operator]
        finally:
            connection.close()

    pool = ThreadPoolExecutor(1)
    found = pool.submit(run)
    pool.shutdown(wait=False)
    return found


def waits(found: "Future[object]") -> bool:
    """Whether it still waits after a while that is long for what it does."""
    try:
        found.result(timeout=0.5)
    except TimeoutError:
        return True
    return False


def school(at: datetime) -> None:
    for name in ("Ada", "Bo"):
        user = member(name, at)
        exposed(user, at)
        practiced(user, at)


@needs_two_writers
def test_who_comes_while_another_counts_leaves_it_to_them(at: datetime) -> None:
    school(at)
    services.count_events(at=at, limit=1)
    with held_open(at):
        second = aside(services.count_events, at=at)
        assert waits(second)
    assert second.result(timeout=30) == 0
    assert counted() == Oracle().amounts()


@needs_two_writers
def test_starting_anew_waits_for_who_is_counting(at: datetime) -> None:
    school(at)
    services.count_events(at=at, limit=1)
    with held_open(at):
        anew = aside(reset_counts)
        assert waits(anew)
    anew.result(timeout=30)
    assert (counted(), StreamCursor.objects.get(pk="events").position) == ({}, 0)
    services.count_events(at=at)
    assert counted() == Oracle().amounts()


@needs_two_writers
def test_a_rebuild_goes_on_when_the_beat_took_its_turn(at: datetime) -> None:
    school(at)
    services.count_events(at=at)
    with held_open(at):
        rebuilt = aside(rebuild, at=at, at_once=1)
        assert waits(rebuilt)
    assert rebuilt.result(timeout=30) == LoggedEvent.objects.count()
    assert counted() == Oracle().amounts()


def test_a_rebuild_beside_the_beat_counts_every_row_once(at: datetime) -> None:
    school(at)
    services.count_events(at=at)
    for _ in range(40):
        practiced(member(f"Cy{_}", at), at)
    is_over = threading.Event()

    def beat() -> int:
        done = 0
        while not is_over.wait(0.005):  # on SQLite a waiting connection asks again, and must find a free moment
            done += services.count_events(at=at, limit=3)
        return done

    beating = aside(beat)
    try:
        done = rebuild(at=at, at_once=2)
    finally:
        is_over.set()
    assert done <= LoggedEvent.objects.count()
    beating.result(timeout=30)
    assert counted() == Oracle().amounts()
