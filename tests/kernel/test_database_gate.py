"""The gate, driven by probes that the test answers."""

import threading

import psycopg
import pytest
from django.db import OperationalError

from tests.concurrency import within
from viral_engine.kernel import database_gate
from viral_engine.kernel.database_gate import DatabaseGate, is_outage


def test_the_gate_closes_with_a_failed_probe_and_opens_with_the_next_success() -> None:
    is_up, resets = threading.Event(), list[int]()
    gate = DatabaseGate(is_up.is_set, lambda: resets.append(1))
    assert not gate.is_closed()
    for _ in range(20):
        gate.report()
    assert within(5, gate.is_closed)
    is_up.set()
    assert within(5, lambda: resets == [1])
    assert within(5, lambda: not gate.is_closed())


def test_a_full_pool_of_a_database_that_answers_closes_nothing() -> None:
    probes, resets = list[int](), list[int]()

    def probe() -> bool:
        probes.append(1)
        return True

    gate = DatabaseGate(probe, lambda: resets.append(1))
    gate.report()
    assert within(5, lambda: probes == [1] and watchers() == [])
    assert resets == []
    assert not gate.is_closed()
    gate.report()  # it can be asked again
    assert within(5, lambda: probes == [1, 1])


def watchers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "database-gate"]


@pytest.mark.services
@pytest.mark.parametrize(
    ("cause", "is_away"),
    [
        (psycopg.OperationalError("server closed the connection"), True),
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.CannotConnectNow(), True),
        (psycopg.errors.TooManyConnections(), True),
        (psycopg.errors.QueryCanceled(), False),
        (psycopg.errors.LockNotAvailable(), False),
        (psycopg.errors.DiskFull(), True),
    ],
    ids=lambda one: type(one).__name__,
)
def test_an_outage_is_told_from_a_refused_statement(cause: Exception, is_away: bool) -> None:
    error = OperationalError()
    error.__cause__ = cause
    assert is_outage(error) is is_away
    assert is_outage(ValueError()) is False
    assert is_outage(None) is False
    assert database_gate.gate.is_closed() is False
