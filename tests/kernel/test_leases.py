"""Leased work on the outbox, the kernel's own table of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, connection

from tests.concurrency import at_once
from viral_engine.kernel import bus, clock, leases
from viral_engine.kernel.events import Event
from viral_engine.kernel.leases import GiveUp, StopRun, TryLater, run
from viral_engine.kernel.models import Delivery, LoggedEvent, PeriodicRun
from viral_engine.kernel.outbox import drain

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorbellRang(Event):
    times: int


def answer(event: DoorbellRang, at: datetime) -> None:
    if event.times == 13:
        raise RuntimeError("the stairs are broken")
    PeriodicRun.objects.create(task=f"answered-{event.times}", slot=at)


@pytest.fixture(autouse=True)
def own_wiring() -> Iterator[None]:
    bus.on(DoorbellRang, durable=[answer])
    yield
    bus._durable.pop(DoorbellRang, None)


def deliveries(count: int, at: datetime, listener: str = bus.name_of(answer)) -> list[Delivery]:
    rows = [LoggedEvent.objects.create(type="doorbell_rang", properties={"times": n}, at=at) for n in range(count)]
    return [Delivery.objects.create(event=row, listener=listener) for row in rows]


def nothing(_: Delivery) -> None:
    pass


def raising(error: Exception) -> Callable[[Delivery], None]:
    def handle(_: Delivery) -> None:
        raise error

    return handle


def rows() -> leases.LeasedQuerySet[Delivery]:
    return Delivery.objects.all()


# -- Claims ------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_a_row_is_claimed_by_one_of_many_threads(at: datetime) -> None:
    [delivery] = deliveries(1, at)
    assert at_once(10, lambda _: rows().claim(delivery.pk, at=at) is not None) == {True: 1, False: 9}
    assert (rows().get().attempts, rows().get().leased_until) == (1, at + Delivery.LEASE)
    assert at_once(10, lambda _: rows().claim(delivery.pk, at=at + Delivery.LEASE) is not None) == {True: 1, False: 9}
    assert rows().get().attempts == 2


@pytest.mark.django_db(transaction=True)
def test_runs_at_once_handle_each_row_once(at: datetime) -> None:
    deliveries(5, at)
    handled: list[int] = []
    at_once(6, lambda _: len(run(rows(), lambda row: handled.append(row.pk), at=at)))
    assert sorted(handled) == list(rows().order_by("pk").values_list("pk", flat=True))
    assert set(rows().exclude(processed_at=None).values_list("attempts", "leased_until")) == {(1, None)}
    assert rows().unfinished().count() == 0


def test_a_dead_process_keeps_its_lease_until_it_runs_out(at: datetime) -> None:
    [delivery] = deliveries(1, at)
    rows().claim(delivery.pk, at=at)
    assert run(rows(), nothing, at=at + timedelta(seconds=19)) == []
    assert run(rows(), nothing, at=at + timedelta(seconds=20)) == [delivery]


def test_a_row_whose_last_attempt_never_ended_is_dead_lettered_unhandled(at: datetime) -> None:
    """A row that kills its process must not do so for good."""
    deliveries(1, at)
    rows().update(attempts=8, leased_until=at)
    assert run(rows(), raising(AssertionError("it ran")), at=at) == []
    row = rows().dead_lettered().get()
    assert (row.dead_lettered_at, row.last_error) == (at, "The last attempt never ended.")


# -- Backoff -----------------------------------------------------------------------------------------------
def test_pauses_double_and_the_last_failure_dead_letters(at: datetime) -> None:
    deliveries(1, at)
    moment, pauses = at, []
    while not (row := rows().get()).dead_lettered_at:
        assert run(rows(), raising(ValueError("x")), at=moment) == []
        row = rows().get()
        if row.leased_until:
            pauses.append((row.leased_until - moment).total_seconds())
            assert run(rows(), nothing, at=row.leased_until - timedelta(seconds=1)) == []
            moment = row.leased_until
    assert pauses == [10, 20, 40, 80, 160, 320, 640]
    assert (row.attempts, row.dead_lettered_at, row.leased_until, row.last_error) == (8, moment, None, "ValueError: x")
    assert run(rows(), nothing, at=at + timedelta(days=99)) == []


@pytest.mark.parametrize(("wait_s", "pause_s"), [(None, 10), (5, 10), (120, 120), (99_999, 3600)])
def test_the_other_side_may_ask_for_a_longer_pause(at: datetime, wait_s: float | None, pause_s: int) -> None:
    deliveries(1, at)
    run(rows(), raising(TryLater("busy", wait_s)), at=at)
    assert (rows().get().leased_until, rows().get().last_error) == (at + timedelta(seconds=pause_s), "busy")


def test_an_outage_does_not_dead_letter_what_expires_by_itself(at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Delivery, "OUTLASTS_OUTAGES", True)
    deliveries(1, at)
    rows().update(attempts=99)
    run(rows(), raising(TryLater("away")), at=at)
    assert (rows().get().attempts, rows().get().dead_lettered_at) == (100, None)
    run(rows(), raising(ValueError("ours")), at=at + timedelta(days=1))
    assert rows().get().last_error == "ValueError: ours"
    assert rows().dead_lettered().count() == 1


def test_a_refusal_dead_letters_at_once_and_staff_requeue_it(at: datetime) -> None:
    [delivery] = deliveries(1, at)
    run(rows(), raising(GiveUp("no such door")), at=at)
    row = rows().get()
    assert (row.attempts, row.dead_lettered_at, row.last_error) == (1, at, "no such door")
    assert rows().requeue() == 1
    assert run(rows(), nothing, at=at) == [delivery]
    assert (rows().get().attempts, rows().get().last_error) == (1, "")
    assert rows().requeue() == 0  # completed: there is nothing to give back


# -- One bad row, and the others -----------------------------------------------------------------------------
def poisoned_type(row: Delivery) -> None:
    LoggedEvent.objects.filter(pk=row.event_id).update(type="no_such_event")


def poisoned_properties(row: Delivery) -> None:
    LoggedEvent.objects.filter(pk=row.event_id).update(properties={"nobody": "knows this"})


def poisoned_listener(row: Delivery) -> None:
    Delivery.objects.filter(pk=row.pk).update(listener="no.such.listener")


def raises_in_its_listener(row: Delivery) -> None:
    LoggedEvent.objects.filter(pk=row.event_id).update(properties={"times": 13})


@pytest.mark.parametrize("poison", [poisoned_type, poisoned_properties, poisoned_listener, raises_in_its_listener])
def test_a_poisoned_row_is_dead_lettered_in_the_end_and_never_stops_the_others(
    at: datetime, poison: Callable[[Delivery], None]
) -> None:
    first, *_ = deliveries(4, at)
    poison(first)
    assert drain(at=at + MINUTE) == 3
    for hours in range(1, 9):
        drain(at=at + timedelta(hours=hours))
    assert list(rows().dead_lettered()) == [first]
    assert rows().unfinished().count() == 0
    assert rows().get(pk=first.pk).attempts == 8
    assert PeriodicRun.objects.filter(task__startswith="answered").count() == 3


def test_a_row_that_cannot_even_be_read_does_not_stop_the_others(at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = deliveries(2, at)
    load = leases.Lease.load

    def garbage(self: leases.Lease[Delivery]) -> Delivery | None:
        if self.pk == first.pk:
            raise ValueError("Expecting value: line 1 column 1")
        return load(self)

    monkeypatch.setattr(leases.Lease, "load", garbage)
    assert run(rows(), nothing, at=at) == [second]
    assert (rows().get(pk=first.pk).attempts, rows().get(pk=first.pk).leased_until) == (1, at + timedelta(seconds=10))


def test_a_completion_that_the_database_refuses_is_retried(at: datetime) -> None:
    first, second = deliveries(2, at)

    def handle(row: Delivery) -> dict[str, object]:
        return {"event_id": second.event_id} if row.pk == first.pk else {}  # the unique constraint refuses the first

    assert run(rows(), handle, at=at) == [second]
    assert rows().get(pk=first.pk).last_error.startswith("IntegrityError")


def test_a_statement_that_fails_outside_of_the_handler_leaves_the_row_to_its_lease(
    at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = deliveries(2, at)
    claim = leases.LeasedQuerySet.claim

    def locked(self: leases.LeasedQuerySet[Delivery], pk: int, *, at: datetime) -> leases.Lease[Delivery] | None:
        if pk == first.pk:
            raise DatabaseError("database is locked")
        return claim(self, pk, at=at)

    monkeypatch.setattr(leases.LeasedQuerySet, "claim", locked)
    assert run(rows(), nothing, at=at) == [second]
    monkeypatch.setattr(connection, "is_usable", lambda: False)
    with pytest.raises(DatabaseError, match="locked"):
        run(rows(), nothing, at=at)


# -- A lost lease, and the end of a run ------------------------------------------------------------------------
@pytest.mark.parametrize("outcome", [None, ValueError("x"), TryLater("busy"), GiveUp("no"), StopRun("no budget")])
def test_a_lease_that_was_lost_meanwhile_changes_nothing(at: datetime, outcome: Exception | None) -> None:
    deliveries(1, at)
    theirs = at + timedelta(seconds=200)

    def taken_over(_: Delivery) -> None:
        rows().update(leased_until=theirs, attempts=2)
        if outcome is not None:
            raise outcome

    assert run(rows(), taken_over, at=at) == []
    row = rows().get()
    assert (row.leased_until, row.attempts, row.processed_at, row.dead_lettered_at) == (theirs, 2, None, None)
    assert row.last_error == ""


def test_a_row_that_was_deleted_while_it_was_handled_is_not_counted(at: datetime) -> None:
    deliveries(2, at)

    def delete(row: Delivery) -> None:
        Delivery.objects.filter(pk=row.pk).delete()

    assert run(rows(), delete, at=at) == []


def test_a_task_out_of_time_ends_the_run_and_the_row_waits(at: datetime) -> None:
    first, second = deliveries(2, at)
    with pytest.raises(SoftTimeLimitExceeded):
        run(rows(), raising(SoftTimeLimitExceeded()), at=at)
    assert rows().get(pk=first.pk).leased_until == at + timedelta(seconds=10)
    assert rows().get(pk=second.pk).attempts == 0


def test_a_run_that_stops_uses_up_no_attempt(at: datetime) -> None:
    deliveries(2, at)
    for _ in range(9):
        assert run(rows(), raising(StopRun("no budget")), at=at) == []
    assert set(rows().values_list("attempts", "leased_until")) == {(0, None)}


def test_a_run_ends_after_half_a_minute(at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    passed_s: list[float] = []
    monkeypatch.setattr(clock, "monotonic", lambda: sum(passed_s))
    first, second, third = deliveries(3, at)
    assert run(rows(), lambda _: passed_s.append(20.0), at=at) == [first, second]
    assert rows().get(pk=second.pk).processed_at == at + timedelta(seconds=40)
    assert rows().get(pk=third.pk).attempts == 0


def test_a_run_passes_over_rows_and_stops_at_its_limit(at: datetime) -> None:
    first, second, third = deliveries(3, at)
    assert run(rows(), nothing, at=at, skip=lambda pk: pk == first.pk, limit=2) == [second]
    assert rows().get(pk=first.pk).attempts == 0
    assert run(rows().order_by("-pk"), nothing, at=at) == [third, first]
