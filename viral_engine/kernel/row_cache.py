"""Rows that staff change now and then and hot paths read: kept by each process for a few seconds."""

from collections.abc import Callable
from time import monotonic
from typing import Any, Generic, TypeVar

from django.db import Error as AnyDatabaseError
from django.db import connection, transaction

T = TypeVar("T")
ROW_CACHE_TTL_S = 5.0  # another process may use changed rows this long
_caches: list["RowCache[Any]"] = []


class RowCache(Generic[T]):
    """One value read from a few rows, read again after five seconds or after `clear`.

    The writer of the rows calls `clear`: its own process sees the change with the commit, others within five seconds.
    While the database does not answer, the last value stays in use.

    Cost  none; those of `read` every five seconds in each process.
    """

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._kept: tuple[T, float] | None = None
        _caches.append(self)

    def get(self) -> T:
        kept = self._kept
        if kept is not None and monotonic() - kept[1] < ROW_CACHE_TTL_S:
            return kept[0]
        try:
            value = self._read()
        except AnyDatabaseError:
            if kept is None or connection.in_atomic_block:
                raise  # in a transaction: it is broken already, and continuing would hide it
            value = kept[0]
        self._kept = (value, monotonic())
        return value

    def start_with(self, value: T) -> None:
        """Keep this value as if it had just been read: a test counts no query for it."""
        self._kept = (value, monotonic())

    def clear(self) -> None:
        """Read the rows again on the next call, and once more after this transaction's commit."""
        self._kept = None
        if connection.in_atomic_block:
            transaction.on_commit(self._forget, robust=True)

    def _forget(self) -> None:
        self._kept = None


def clear_row_caches() -> None:
    """Forget every cached row, as a process that has just started."""
    for cache in _caches:
        cache._forget()
