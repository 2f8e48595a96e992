"""While PostgreSQL cannot be reached, every request is answered at once: try again in a moment.

Without the gate each request waits for the connection pool's timeout first, and after a long outage the pool's own
back-off keeps the site down for as long again.
"""

import logging
import threading
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, cast

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

if TYPE_CHECKING:
    from django.db.backends.postgresql.base import DatabaseWrapper

logger = logging.getLogger(__name__)
PROBE_EVERY_S = 0.25
PROBE_TIMEOUT_S = 2
MAX_CLOSED_S = 600.0  # then requests try for themselves again, should the probe be what is broken
NO_SERVER = ("08", "57P", "53")  # SQLSTATE: connection lost, shutting down or starting, no room for a connection


def is_outage(error: BaseException | None) -> bool:
    """Whether the error says that the database could not be reached, rather than that it refused a statement."""
    if not isinstance(error, OperationalError | InterfaceError) or connection.vendor != "postgresql":
        return False
    state = error.__cause__.sqlstate if isinstance(error.__cause__, psycopg.Error) else None
    return state is None or state.startswith(NO_SERVER)


class DatabaseGate:
    """Closed from the first failed probe until the database answers a probe; one per process."""

    def __init__(self, probe: Callable[[], bool], reset: Callable[[], None]) -> None:
        self._probe = probe
        self._reset = reset
        self._lock = threading.Lock()
        self._is_watching = False
        self._closed_until_s = 0.0

    def is_closed(self) -> bool:
        return monotonic() < self._closed_until_s

    def report(self) -> None:
        """Start to probe, because a request could not reach the database. Does not wait."""
        with self._lock:
            if self._is_watching:
                return
            self._is_watching = True
        threading.Thread(target=self._watch, name="database-gate", daemon=True).start()

    def _watch(self) -> None:
        """Keep the gate closed until a probe succeeds; then drop the pool, whose connections are all dead.

        The pool of a database that answers stays: it was full, so its connections are at work, and a second pool beside
        them would take twice the connections. Dead ones of a restart between two probes fail the pool's own check.
        """
        was_away = False
        try:
            while not self._probe():
                was_away = True
                if not self.is_closed():
                    logger.error("the database cannot be reached; requests are answered with 503")
                    self._closed_until_s = monotonic() + MAX_CLOSED_S
                threading.Event().wait(PROBE_EVERY_S)
            if was_away:
                self._reset()
        finally:
            self._closed_until_s = 0.0
            with self._lock:
                self._is_watching = False


def probe_database() -> bool:
    """Whether PostgreSQL takes a new connection, outside the pool."""
    where = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    try:
        psycopg.connect(
            **{name: where[name] for name in names if name in where}, connect_timeout=PROBE_TIMEOUT_S
        ).close()
    except psycopg.Error:
        return False
    return True


def drop_pool() -> None:
    """Close the pool's connections; the next request opens new ones at once, without the pool's back-off."""
    if settings.ON_POSTGRESQL:
        cast("DatabaseWrapper", connection).close_pool()


gate = DatabaseGate(probe_database, drop_pool)
