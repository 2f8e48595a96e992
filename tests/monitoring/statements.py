"""See every SQL statement of this process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


@contextmanager
def on_every_statement(act: Callable[[str], None]) -> Iterator[None]:
    """Call `act` with every SQL statement of connections that open from now on, on any thread; it may raise."""
    is_on = True

    def seen(execute: Callable[..., object], sql: str, *rest: object) -> object:
        if is_on:
            act(sql)
        return execute(sql, *rest)

    def attach(connection: BaseDatabaseWrapper, **_: object) -> None:
        if seen not in connection.execute_wrappers:
            connection.execute_wrappers.append(seen)

    connection_created.connect(attach)
    try:
        yield
    finally:
        is_on = False
        connection_created.disconnect(attach)
