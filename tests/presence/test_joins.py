"""Joins that fall together with something else, on sockets of this very process."""

import asyncio
import json
from functools import partial

import pytest
from django.conf import settings
from redis import Redis

from presence.tracker.contract import GRACE_S
from tests.people import person
from tests.presence.test_socket import MATH, Client, clients
from tests.realtime import connected, in_thread, serving_here

pytestmark = pytest.mark.django_db(transaction=True)


async def test_the_first_joiner_of_a_process_recovers(catalogue: None) -> None:
    """After a deploy everybody comes back with a place that this process has never heard of."""
    ada = await in_thread(lambda: person("Ada"))
    async with serving_here() as server, connected(server, ada) as [a]:
        answer = await a.join(MATH, seq=3, epoch="before")
        assert answer["recovered"] is False
        assert answer["snapshot"]["peers_online"] == 0  # whoever joins is not here yet
        await a.sees(MATH, {ada.pk: [None]})
        assert server.node.runtime.hub.topics[MATH].holds == 0


async def test_a_join_that_fails_leaves_nothing_behind(catalogue: None, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_: object) -> dict[str, object]:
        raise RuntimeError("the database is away")

    monkeypatch.setattr("presence.rooms.subject.SubjectRoom.snapshot", broken)
    ada = await in_thread(lambda: person("Ada"))
    async with serving_here() as server, connected(server, ada) as [a]:
        await a.raw(json.dumps(["1", "1", MATH, "phx_join", {"seq": 3, "epoch": "before"}]))
        await a.hears(MATH, "phx_error")
        assert server.node.runtime.hub.topics[MATH].holds == 0
        await asyncio.sleep(GRACE_S * 2 + 0.5)
        assert server.node.runtime.presence.topics == {}
        assert MATH not in server.node.runtime.hub.topics


@pytest.mark.services
async def test_a_second_join_during_a_slow_first_one_stays_present(catalogue: None) -> None:
    ada, bo = await in_thread(lambda: (person("Ada"), person("Bo")))
    async with clients(ada, bo) as [a, b]:
        await b.join(MATH)
        await b.settle()
        with Redis.from_url(settings.REDIS_URL) as redis:
            await in_thread(partial(redis.client_pause, 800, all=True))
            for ref in ("1", "2"):
                await a.send_to(text_data=json.dumps([ref, ref, MATH, "phx_join", {}]))
                await asyncio.sleep(0.25)  # the first is with the store by now
        await asyncio.sleep(GRACE_S + 2)
        watcher = Client(bo)
        assert (await watcher.connect(timeout=5))[0]
        await watcher.join(MATH)
        state = (await watcher.frame(lambda frame: frame[3] == "presence_state"))[4]
        assert set(state) == {str(ada.pk), str(bo.pk)}
        await watcher.disconnect()
