"""Learners, socket URLs and servers for the socket benchmarks."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from tests.servers import Reachable, Server, free_port, launched

SERVER_COMMANDS = {
    "uvicorn": ["manage.py", "web", "--port"],
    "daphne": ["-m", "daphne", "-v", "0", "-b", "127.0.0.1", "viral_engine.asgi:application", "-p"],
}
TOPIC = "subject:math"
SOCKETS_A_PERSON = 5


def create_learners(count: int, prefix: str = "s") -> list[int]:
    """Create learners of age 15 with the fewest possible fields, and return their ids."""
    from viral_engine.accounts.models import User
    from viral_engine.kernel.clock import now

    at = now()
    born = at.date().replace(year=at.year - 15, day=1)
    people = [
        User(username=f"{prefix}{n}", first_name=f"Sam{n}", email=None, role="student", birthdate=born)
        for n in range(count)
    ]
    return [user.pk for user in User.objects.bulk_create(people, batch_size=2000)]


def socket_urls(server: Reachable, people: list[int], sockets: int) -> list[str]:
    """One URL per socket; sockets are assigned to the people in turn."""
    from presence.tokens import token_for
    from viral_engine.accounts.models import User
    from viral_engine.kernel.clock import now

    at, users = now(), User.objects.in_bulk(people)
    base = f"ws://127.0.0.1:{server.port}/socket/websocket?"
    queries = [urlencode({"token": token_for(users[person], at), "vsn": "2.0.0"}) for person in people]
    return [base + queries[n % len(people)] for n in range(sockets)]


@contextmanager
def project_server(kind: str = "uvicorn") -> Iterator[Server]:
    """Run the project's server on the benchmark's database and Redis."""
    port = free_port()
    environment = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}
    environment["SITE_URL"] = f"http://127.0.0.1:{port}"
    with launched([*SERVER_COMMANDS[kind], str(port)], port=port, environment=environment) as server:
        yield server


@contextmanager
def baseline_server(name: str) -> Iterator[Server]:
    """Run one of the baseline servers."""
    port = free_port()
    environment = {"BENCH_REDIS": os.environ["REDIS_URL"]}
    command = ["-m", "benchmarks.baselines", name, str(port)]
    with launched(command, port=port, environment=environment, health="/") as server:
        yield server
