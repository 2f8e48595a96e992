"""Faults between processes: real servers on their own Redis are killed, stopped, flushed and cut off."""

import asyncio
import contextlib
import json
import signal
import socket
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from redis import Redis

from benchmarks.clients import create_learners, socket_urls
from benchmarks.load_clients import LoadClients
from presence import rules
from presence.tokens import token_for
from presence.tracker import base
from tests.factories import befriend, browser, person
from tests.servers import Server, free_port, redis_server
from tests.short_waits import PING
from tests.sockets import Phoenix, connected, dial, in_thread, post, serving, until
from viral_engine.accounts.models import User
from viral_engine.kernel.pubsub import publish_now

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
MATH, READING = "subject:math", "subject:reading"
# Production waits longer (test_waits_of_production): these tests prove the order of events, in less time.
LEASE_S, GRACE_S, SILENCE_S, CONGESTED_S, PING_S = 6.0, 1.0, 15.0, 3.0, 4.0
WAITS = {"LEASE_S": LEASE_S, "GRACE_S": GRACE_S, "CONGESTED_S": CONGESTED_S}
Pair = tuple[Server, Server]


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    with redis_server() as (url, _):
        yield url


@pytest.fixture(scope="module")
def pair(store: str, django_db_setup: None) -> Iterator[Pair]:
    """Two processes of one site, for every test that leaves both alive and the rooms empty."""
    with serving(redis_url=store, waits=WAITS) as first, serving(redis_url=store, waits=WAITS) as second:
        yield first, second


@pytest.fixture
def mortal(store: str, pair: Pair) -> Iterator[Pair]:
    """A process to be stopped by the test, beside one that stays."""
    with serving(redis_url=store, waits=WAITS) as first:
        yield first, pair[1]


@pytest.fixture
def people(catalogue: None) -> list[User]:
    found = [person(name) for name in ("Ada", "Bo", "Cy", "Dee")]
    befriend(*found)
    return found


def diffs_that_took(client: Phoenix, topic: str, *people: User) -> list[dict[str, Any]]:
    """Diffs after which one of these people was gone."""
    names = {str(one.pk) for one in people}
    return [
        diff for diff in client.events(topic, "presence_diff") if names & (set(diff["leaves"]) - set(diff["joins"]))
    ]


async def everybody_in(clients: list[Phoenix], *topics: str) -> None:
    for client in clients:
        for topic in topics:
            await client.join(topic)


def test_waits_of_production() -> None:
    """People meet these; the servers of this module run with shorter ones, in the same order."""
    assert (base.LEASE_S, base.GRACE_S, rules.SILENCE_S, rules.CONGESTED_S) == (15.0, 3.0, 60.0, 8.0)


# -- Processes ---------------------------------------------------------------------------------------------
async def test_people_of_two_processes_see_each_other(pair: Pair, people: list[User]) -> None:
    ada, bo, *_ = people
    async with connected(pair[0], ada) as [a], connected(pair[1], bo) as [b]:
        await everybody_in([a, b], MATH)
        await a.sees(MATH, {ada.pk: [None], bo.pk: [None]})
        await b.sees(MATH, {ada.pk: [None], bo.pk: [None]})
        await a.push(MATH, "practice_started", {"skill": "algebra"})
        await b.sees(MATH, {ada.pk: ["practicing_algebra"], bo.pk: [None]})
        assert {frozenset(a.people[MATH]), frozenset(b.people[MATH])} == {frozenset({str(ada.pk), str(bo.pk)})}


async def test_practice_posted_to_another_process_is_shown(pair: Pair, people: list[User]) -> None:
    ada, bo, *_ = people
    client = await in_thread(lambda: browser(bo))
    async with connected(pair[0], ada, bo) as [a, b]:
        await everybody_in([a, b], MATH)
        await a.sees(MATH, {ada.pk: [None], bo.pk: [None]})
        await in_thread(partial(post, pair[1], client, "/practice/start/algebra/"))
        await a.sees(MATH, {ada.pk: [None], bo.pk: ["practicing_algebra"]})


async def test_a_killed_process_leaves_in_one_diff_a_topic(mortal: Pair, people: list[User]) -> None:
    first, second = mortal
    dee = people[3]
    async with connected(second, dee) as [d]:
        others = [await dial(first, one) for one in people[:3]]
        await everybody_in([d, *others], MATH, READING)
        everybody: dict[int, list[str | None]] = {one.pk: [None] for one in people}
        for topic in (MATH, READING):
            await d.sees(topic, everybody)
        first.signal(signal.SIGKILL)
        for topic in (MATH, READING):
            await d.sees(topic, {dee.pk: [None]}, patience_s=20)
            [diff] = diffs_that_took(d, topic, *people[:3])
            assert set(diff["leaves"]) == {str(one.pk) for one in people[:3]}


async def test_a_paused_process_returns_without_people_who_left(pair: Pair, people: list[User]) -> None:
    first, second = pair
    ada, bo, _, dee = people
    async with connected(second, dee) as [d]:
        a, b = await dial(first, ada), await dial(first, bo)
        await everybody_in([a, b, d], MATH)
        await d.sees(MATH, {one.pk: [None] for one in (ada, bo, dee)})
        first.signal(signal.SIGSTOP)
        await d.sees(MATH, {dee.pk: [None]}, patience_s=20)
        a.socket.transport.abort()
        heard = len(d.events(MATH, "presence_diff"))
        await asyncio.sleep(LEASE_S + 1)  # two leases in all
        first.signal(signal.SIGCONT)
        await d.sees(MATH, {bo.pk: [None], dee.pk: [None]}, patience_s=10)
        await asyncio.sleep(GRACE_S + 1)
        assert not any(str(ada.pk) in diff["joins"] for diff in d.events(MATH, "presence_diff")[heard:])
        await d.sees(MATH, {bo.pk: [None], dee.pk: [None]})
        await b.leave(MATH)
        await b.socket.close()


async def test_a_graceful_stop_closes_with_1012_and_nobody_blinks(mortal: Pair, people: list[User]) -> None:
    first, second = mortal
    dee = people[3]
    async with connected(second, dee) as [d]:
        others = [await dial(first, one) for one in people[:3]]
        await everybody_in([d, *others], MATH)
        everybody: dict[int, list[str | None]] = {one.pk: [None] for one in people}
        await d.sees(MATH, everybody)
        first.signal(signal.SIGTERM)
        assert [await one.closed_with() for one in others] == [1012] * 3
        async with connected(second, *people[:3]) as back:
            await everybody_in(back, MATH)
            await asyncio.sleep(LEASE_S + 2)  # the lease of the first ran out
            assert d.gone == []
            await d.sees(MATH, everybody)
        assert await asyncio.to_thread(first.process.wait, 20) == -signal.SIGTERM  # uvicorn raises it again at the end


@pytest.mark.parametrize("kind", ["daphne", "stock"])
async def test_nobody_blinks_when_another_server_stops(kind: str, catalogue: None, people: list[User]) -> None:
    ada, *_, dee = people
    with (
        redis_server() as (url, _),
        serving(kind, redis_url=url, waits=WAITS) as first,
        serving(redis_url=url, waits=WAITS) as second,
    ):
        async with connected(second, dee) as [d]:
            a = await dial(first, ada)
            await everybody_in([a, d], MATH)
            await d.sees(MATH, {ada.pk: [None], dee.pk: [None]})
            first.signal(signal.SIGTERM)
            await a.closed_with()
            await asyncio.sleep(2 * GRACE_S)  # the tab takes its time
            async with connected(second, ada) as [back]:
                await back.join(MATH)
                await asyncio.sleep(1)
                assert d.gone == []


# -- Redis -------------------------------------------------------------------------------------------------
async def who_converge(clients: list[Phoenix], people: list[User]) -> None:
    """Within 5 s of Redis returning, each process sees the other's changes and no one is missing."""
    deadline_s = asyncio.get_running_loop().time() + 5
    for number, client in enumerate(clients):
        await client.push(MATH, "practice_started", {"skill": ("algebra", "fractions")[number % 2]})
    expected: dict[int, list[str | None]] = {
        one.pk: [f"practicing_{('algebra', 'fractions')[number % 2]}"] for number, one in enumerate(people)
    }
    for client in clients:
        await client.sees(MATH, expected, patience_s=max(0.1, deadline_s - asyncio.get_running_loop().time()))
        assert client.gone == []


async def test_a_flushed_redis_empties_no_room(pair: Pair, store: str, people: list[User]) -> None:
    async with connected(pair[0], *people[:2]) as ones, connected(pair[1], *people[2:]) as others:
        clients = [*ones, *others]
        await everybody_in(clients, MATH)
        for client in clients:
            await client.sees(MATH, {one.pk: [None] for one in people})
        await in_thread(partial(Redis.from_url(store).flushall))
        await who_converge(clients, people)
        await asyncio.sleep(LEASE_S + 1.5)  # what was held back for one lease is over
        assert [client.gone for client in clients] == [[]] * 4


async def test_a_restarted_redis_empties_no_room(catalogue: None, people: list[User]) -> None:
    port = free_port()
    with contextlib.ExitStack() as stack:
        url, redis = stack.enter_context(redis_server(port))
        pair = [stack.enter_context(serving(redis_url=url, waits=WAITS)) for _ in range(2)]
        async with connected(pair[0], *people[:2]) as ones, connected(pair[1], *people[2:]) as others:
            clients = [*ones, *others]
            await everybody_in(clients, MATH)
            for client in clients:
                await client.sees(MATH, {one.pk: [None] for one in people})
            redis.kill()
            redis.wait()
            await asyncio.sleep(1.5)
            local = await dial(pair[0], people[2])  # the site goes on without Redis: own people are seen
            await local.join(MATH)
            assert str(people[2].pk) in local.people[MATH] or await local.hears(MATH, "presence_diff")
            await local.leave(MATH)
            await local.socket.close()
            stack.enter_context(redis_server(port))
            await who_converge(clients, people)
            await asyncio.sleep(LEASE_S + 1.5)
            assert [client.gone for client in clients] == [[]] * 4


async def test_messages_missed_by_a_cut_off_process_are_recovered(pair: Pair, store: str, people: list[User]) -> None:
    """The Redis connections of one process are killed; a sequenced message sent then still arrives."""
    ada, bo, *_ = people
    async with connected(pair[0], ada) as [a], connected(pair[1], bo) as [b]:
        await everybody_in([a, b], MATH)
        await a.sees(MATH, {ada.pk: [None], bo.pk: [None]})

        def cut_all_off() -> None:
            with Redis.from_url(store) as redis:
                redis.client_kill_filter(_type="pubsub")
                redis.client_kill_filter(_type="normal", skipme=True)

        await in_thread(cut_all_off)
        await asyncio.sleep(0.2)
        await a.push(MATH, "practice_started", {"skill": "algebra"})
        await b.sees(MATH, {ada.pk: ["practicing_algebra"], bo.pk: [None]}, patience_s=5)


# -- Clients -----------------------------------------------------------------------------------------------
async def half_open(server: Server, user: User) -> asyncio.StreamWriter:
    """A client that joins and then goes silent: it reads nothing, answers no ping and never closes."""
    token = token_for(user, datetime.now(UTC))
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = f"GET /socket/websocket?vsn=2.0.0&token={token} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
    head += f"Origin: {server.url}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    head += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    writer.write(head.encode())
    await reader.readuntil(b"\r\n\r\n")
    join = json.dumps(["1", "1", MATH, "phx_join", {}]).encode()
    writer.write(struct.pack("!BBI", 0x81, 0x80 | len(join), 0) + join)  # masked with zeros
    await writer.drain()
    return writer


@pytest.fixture
def pinging(catalogue: None) -> Iterator[Server]:
    """A server that misses a half-open client after two pings, long before it misses a silent one."""
    with (
        redis_server() as (url, _),
        serving(redis_url=url, waits=WAITS | {"SILENCE_S": SILENCE_S, PING: PING_S}) as server,
    ):
        yield server


async def test_a_half_open_client_and_a_silent_one_are_gone_in_a_minute(pinging: Server, people: list[User]) -> None:
    """SILENCE_S is the minute, a quarter of it here."""
    ada, bo, _, dee = people
    async with connected(pinging, dee) as [d], connected(pinging, bo) as [silent]:
        await d.join(MATH)
        await silent.join(MATH)
        writer = await half_open(pinging, ada)
        began_s = asyncio.get_running_loop().time()
        await d.sees(MATH, {one.pk: [None] for one in (ada, bo, dee)})

        async def beat() -> None:
            while True:
                await asyncio.sleep(SILENCE_S / 3)
                await d.push("phoenix", "heartbeat")

        beating = asyncio.create_task(beat())
        await d.sees(MATH, {bo.pk: [None], dee.pk: [None]}, patience_s=SILENCE_S)
        assert await silent.closed_with(SILENCE_S + 10 - (asyncio.get_running_loop().time() - began_s)) == 4002
        await d.sees(MATH, {dee.pk: [None]})
        beating.cancel()
        writer.close()


async def test_a_slow_reader_is_disconnected_and_uses_no_extra_memory(catalogue: None, people: list[User]) -> None:
    """Uses this run's Redis, so that this process can publish to the room."""
    ada, bo, *_ = people
    with serving(redis_url=settings.REDIS_URL, waits=WAITS) as server:
        async with connected(server, ada) as [a]:
            await a.join(MATH)
            text = "x" * 40_000

            async def flood(seconds: float) -> None:
                for number in range(int(seconds * 40)):  # 1.6 MB a second
                    publish_now(MATH, "new_activity", {"n": number, "text": text})
                    await asyncio.sleep(1 / 40)

            await flood(1.5)  # buffers of the server and of Redis are grown
            slow = await dial(server, bo)
            await slow.join(MATH)
            assert slow.listener is not None
            slow.listener.cancel()
            before = server.rss_kib()
            slow.socket.transport.pause_reading()
            slow.socket.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            largest = before
            for _ in range(12):
                await flood(0.5)
                largest = max(largest, server.rss_kib())
            assert largest - before < 2048
            await a.sees(MATH, {ada.pk: [None]}, patience_s=10)  # bo was disconnected and left
            heard = len(a.events(MATH, "new_activity"))
            await flood(0.5)
            await a.hears(MATH, "new_activity", heard + 20)
            slow.socket.transport.abort()


# -- Many --------------------------------------------------------------------------------------------------
async def test_five_thousand_come_back_after_a_restart_and_no_join_is_lost(
    catalogue: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUSTED_PROXY_HOPS", "1")  # as behind a proxy: all of them have one address here
    crowd = await in_thread(lambda: create_learners(1000))
    port = free_port()
    with contextlib.ExitStack() as stack:
        url, _ = stack.enter_context(redis_server())
        first = stack.enter_context(serving(redis_url=url, port=port))
        urls = await in_thread(lambda: socket_urls(first, crowd, 5000))
        fleet = LoadClients(urls, origin=first.url, topic=MATH)
        fleet.joins_at_once = fleet.comes_back = True
        await fleet.connect()
        await fleet.until(lambda: fleet.joined >= 5000)
        first.signal(signal.SIGKILL)
        await asyncio.to_thread(first.process.wait)
        second = stack.enter_context(serving(redis_url=url, port=port))
        async with asyncio.timeout(120):
            await fleet.until(lambda: all(client.joins == 2 for client in fleet.clients), timeout_s=120)
        observer = await dial(second, await in_thread(lambda: person("Eve")))
        await observer.join(MATH)

        def shown() -> int:
            stats = observer.events(MATH, "subject_stats")
            return stats[-1]["peers_online"] if stats else 0

        await until(lambda: shown() == 1001, patience_s=60)
        await observer.socket.close()
        await fleet.close()
