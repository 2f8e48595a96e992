"""The network between one web process and Redis or PostgreSQL fails; the other process goes on."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from tests.faults.invariants import assert_invariants
from tests.faults.proxy import FaultProxy, proxied
from tests.faults.stage import Stage, Store, own_redis, staged_on
from tests.servers import Server
from tests.sockets import Refusal, database_of_the_test, in_thread, serving, until
from viral_engine.accounts.models import Cohort, User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
OWN_S, RETURN_S, POLL_S, NOTICED_S = 10, 5, 8, 15
SLOW_S = 0.1  # in each direction


@dataclass(frozen=True)
class Networks:
    """The first of two processes reaches Redis and PostgreSQL through a proxy each, the second one directly."""

    store: Store
    servers: tuple[Server, Server]
    redis: FaultProxy
    database: FaultProxy


@pytest.fixture(scope="module")
def networks(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Networks]:
    with django_db_blocker.unblock(), own_redis() as store:
        direct = database_of_the_test()
        port = int(connection.settings_dict["PORT"] or 5432)
        with proxied(store.port) as redis, proxied(port) as database:
            through = direct.replace(f":{port}/", f":{database.port}/")
            redis_url = f"redis://127.0.0.1:{redis.port}/0"
            first = serving(redis_url=redis_url, more={"DATABASE_URL": through})
            with first as one, serving(redis_url=store.url) as two:
                yield Networks(store, (one, two), redis, database)


@pytest.fixture(autouse=True)
def healed(networks: Networks) -> Iterator[None]:
    yield
    networks.redis.heal()
    networks.database.heal()


async def everybody_hears(stage: Stage, *lines: str, patience_s: float = RETURN_S) -> None:
    """Each line once, on every socket, or the word to read the topic again; and the next line as ever."""

    def has_all(client: int) -> bool:
        return set(lines) <= set(stage.heard(client)) or bool(stage.clients[client].events(stage.topic, "resync"))

    await until(lambda: all(has_all(client) for client in range(4)), patience_s)
    await stage.say(1, "after")
    await stage.say(3, "the end")
    await until(lambda: all({"after", "the end"} <= set(stage.heard(client)) for client in range(4)), patience_s)
    for client in range(4):
        assert len(stage.heard(client)) == len(set(stage.heard(client)))  # nothing twice


async def test_a_process_cut_off_from_redis_serves_its_own_people_and_catches_up(
    networks: Networks, members: list[User], cohort: Cohort
) -> None:
    async with staged_on(networks.store, networks.servers, members, cohort) as stage:
        await in_thread(networks.redis.cut)
        await stage.say(0, "from the first")
        await stage.say(2, "from the second")
        await until(lambda: "from the first" in stage.heard(1) and "from the second" in stage.heard(3), OWN_S)
        await until(lambda: stage.shows(0, "from the second") and stage.shows(1, "from the first"), NOTICED_S)
        assert (stage.delays(0)[-1:], stage.delays(3)[-1:]) == ([True], [])  # the second is not late
        await in_thread(networks.redis.heal)
        await everybody_hears(stage, "before", "from the first", "from the second")
        await until(lambda: stage.delays(0)[-1] is False, RETURN_S)
        await in_thread(lambda: assert_invariants(networks.store.url))


@pytest.mark.parametrize("fault", [FaultProxy.reset, FaultProxy.half_open])
async def test_broken_connections_to_redis_lose_no_line(
    networks: Networks, members: list[User], cohort: Cohort, fault: object
) -> None:
    """A half-open one says nothing: the process notices by its own pings."""
    async with staged_on(networks.store, networks.servers, members, cohort) as stage:
        await in_thread(lambda: fault(networks.redis))  # type: ignore[operator]
        await stage.say(2, "from the second")
        await stage.say(0, "from the first")
        await everybody_hears(stage, "before", "from the first", "from the second", patience_s=NOTICED_S)
        await in_thread(lambda: assert_invariants(networks.store.url))


async def test_slow_links_delay_lines_and_pages_and_lose_none(
    networks: Networks, members: list[User], cohort: Cohort
) -> None:
    async with staged_on(networks.store, networks.servers, members, cohort) as stage:
        await in_thread(lambda: networks.redis.delay(SLOW_S))
        await in_thread(lambda: networks.database.delay(SLOW_S / 5))
        for client in (0, 2):
            await stage.say(client, f"slow {client}")
        await everybody_hears(stage, "before", "slow 0", "slow 2", patience_s=OWN_S)
        assert True not in stage.delays(0)  # a slow network is no outage
        await in_thread(lambda: assert_invariants(networks.store.url))


# Not half-open: the proxy acknowledges bytes, and the site relies on TCP to miss a database that no longer does so.
@pytest.mark.parametrize("fault", [FaultProxy.cut, FaultProxy.reset])
async def test_a_process_without_its_database_refuses_and_returns(
    networks: Networks, members: list[User], cohort: Cohort, fault: object
) -> None:
    """Its sockets stay open, what it acknowledges is stored, and what the other process wrote arrives."""
    async with staged_on(networks.store, networks.servers, members, cohort) as stage:
        await in_thread(lambda: fault(networks.database))  # type: ignore[operator]
        await stage.say(2, "from the second")
        acknowledged = ["before", "from the second"]
        try:
            await stage.say(0, "from the first")
        except (Refusal, AssertionError):
            pass  # nothing was promised
        else:
            acknowledged.append("from the first")
        await in_thread(networks.database.heal)
        await until(lambda: set(acknowledged) <= set(stage.heard(1)), NOTICED_S)
        assert {client.socket.close_code for client in stage.clients} == {None}
        await in_thread(lambda: assert_invariants(networks.store.url))
