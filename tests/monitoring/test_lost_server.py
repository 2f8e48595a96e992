"""How long a PostgreSQL server that cannot be reached is waited for, by the connection's own means."""

import socket
import time

import psycopg
import pytest
from django.db import connection

pytestmark = [pytest.mark.services, pytest.mark.django_db]


def test_a_server_that_says_nothing_is_given_up_after_three_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        where = connection.get_connection_params() | {"host": "127.0.0.1", "port": silent.getsockname()[1]}
        started_s = time.monotonic()
        with pytest.raises(psycopg.OperationalError, match="timeout"):
            psycopg.connect(**where)
    assert 2.5 < time.monotonic() - started_s < 6


def test_an_open_connection_asks_whether_the_server_is_still_there() -> None:
    connection.ensure_connection()
    with socket.socket(fileno=socket.dup(connection.connection.pgconn.socket)) as plug:
        names = ("TCP_USER_TIMEOUT", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT")
        found = {name: plug.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in names}
        assert plug.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    assert found == {"TCP_USER_TIMEOUT": 10_000, "TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 3, "TCP_KEEPCNT": 3}
