"""Joins that fall together with something else, on sockets of this very process."""

import asyncio
import json
from collections.abc import Callable
from functools import partial

import pytest
from django.conf import settings
from redis import Redis

from tests.factories import befriend, person
from tests.presence.clients import MATH, SocketClient, clients
from tests.sockets import connected, in_thread, serving_in_process, until

pytestmark = pytest.mark.django_db(transaction=True)


async def test_the_first_joiner_of_a_process_recovers(catalogue: None) -> None:
    """After a deploy everybody comes back with a place that this process has never heard of."""
    ada = await in_thread(lambda: person("Ada"))
    async with serving_in_process() as server, connected(server, ada) as [a]:
        answer = await a.join(MATH, seq=3, epoch="before")
        assert answer["recovered"] is False
        assert answer["snapshot"]["peers_online"] == 0  # the person who joins is not here yet
        await a.sees(MATH, {ada.pk: [None]})
        assert server.node.runtime.hub.topics[MATH].holds == 0


async def test_a_join_that_fails_leaves_nothing_behind(
    catalogue: None, monkeypatch: pytest.MonkeyPatch, short_waits: Callable[..., None]
) -> None:
    short_waits(GRACE_S=0.2, LINGER_S=0.2)

    async def broken(_: object) -> dict[str, object]:
        raise RuntimeError("the database is away")

    monkeypatch.setattr("presence.rooms.subject.SubjectRoom.snapshot", broken)
    ada = await in_thread(lambda: person("Ada"))
    async with serving_in_process() as server, connected(server, ada) as [a]:
        await a.raw(json.dumps(["1", "1", MATH, "phx_join", {"seq": 3, "epoch": "before"}]))
        await a.hears(MATH, "phx_error")
        assert server.node.runtime.hub.topics[MATH].holds == 0
        await until(lambda: server.node.runtime.presence.topics == {})
        await until(lambda: MATH not in server.node.runtime.hub.topics)


@pytest.mark.services
async def test_a_second_join_during_a_slow_first_one_stays_present(
    catalogue: None, short_waits: Callable[..., None]
) -> None:
    short_waits(GRACE_S=0.5)
    ada, bo = await in_thread(lambda: (person("Ada"), person("Bo")))
    await in_thread(lambda: befriend(ada, bo))
    async with clients(ada, bo) as [a, b]:
        await b.join(MATH)
        await b.settle()
        with Redis.from_url(settings.REDIS_URLS["realtime"]) as redis:
            await in_thread(partial(redis.client_pause, 800, all=True))
            for ref in ("1", "2"):
                await a.send_to(text_data=json.dumps([ref, ref, MATH, "phx_join", {}]))
                await asyncio.sleep(0.2)  # the first is with the store by now
        await a.frame(lambda frame: frame[1] == "2" and frame[3] == "phx_reply")
        await asyncio.sleep(1.0)  # the grace of a leave that would be wrong
        watcher = SocketClient(bo)
        assert (await watcher.connect(timeout=5))[0]
        await watcher.join(MATH)
        state = (await watcher.frame(lambda frame: frame[3] == "presence_state"))[4]
        assert set(state) == {str(ada.pk), str(bo.pk)}
        await watcher.disconnect()
