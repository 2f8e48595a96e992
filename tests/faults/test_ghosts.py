"""Redis loses its data while people come and go; nobody is shown who is not there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from redis import Redis

from tests.factories import befriend, person
from tests.servers import Server, redis_server
from tests.sockets import connected, dial, in_thread, serving, until
from viral_engine.accounts.models import User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
MATH = "subject:math"
LEASE_S = 6.0  # 15 in production, where 0 ghosts are left after 30 s
WAITS = {"LEASE_S": LEASE_S, "GRACE_S": 1.0}
NONE_LEFT_S = 2 * LEASE_S


@pytest.fixture
def people(catalogue: None) -> list[User]:
    found = [person(name) for name in ("Ada", "Bo", "Cy")]
    befriend(*found)
    return found


@contextmanager
def two_processes() -> Iterator[tuple[Any, Server, Server]]:  # Any: the stubs of redis-py describe two clients at once
    with (
        redis_server() as (url, _),
        serving(redis_url=url, waits=WAITS) as first,
        serving(redis_url=url, waits=WAITS) as second,
        Redis.from_url(url) as redis,
    ):
        yield redis, first, second


def keys_in(redis: Any) -> list[bytes]:
    return sorted(redis.hkeys(f"presence:{{{MATH}}}:people"))


@pytest.mark.parametrize("is_killed", [False, True])
async def test_a_join_right_after_a_flush_leaves_no_ghost(people: list[User], *, is_killed: bool) -> None:
    """Before its next tick the process still writes under its old boot id, of which Redis knows nothing any more."""
    ada, bo, cy = people
    with two_processes() as (redis, first, second):
        async with connected(second, bo) as [b]:
            await b.join(MATH)
            a = await dial(first, ada)
            await a.join(MATH)
            await b.sees(MATH, {ada.pk: [None], bo.pk: [None]})
            c = await dial(first, cy)
            await in_thread(redis.flushall)
            await c.join(MATH)
            await b.sees(MATH, {one.pk: [None] for one in people}, patience_s=LEASE_S)
            if is_killed:
                first.process.kill()
            else:
                await c.socket.close()
            left = [bo] if is_killed else [ada, bo]
            await b.sees(MATH, {one.pk: [None] for one in left}, patience_s=NONE_LEFT_S + LEASE_S)
            present = sorted(str(one.pk).encode() for one in left)
            entries = f"presence:{{{MATH}}}:entries"
            await until(lambda: keys_in(redis) == present and redis.hlen(entries) == len(left), NONE_LEFT_S)
            await a.socket.close()
