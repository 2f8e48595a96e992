"""How many learners are here, as other apps read it from any thread or process."""

import asyncio

import pytest

from presence.rules import SITE_TOPIC
from presence.services import learners_online
from tests.factories import person
from tests.sockets import connected, in_thread, serving_in_process
from viral_engine.kernel import gauges

pytestmark = pytest.mark.django_db(transaction=True)


async def test_people_are_counted_once_however_many_tabs_they_have(catalogue: None) -> None:
    ada = await in_thread(lambda: person("Ada"))
    bo = await in_thread(lambda: person("Bo"))
    before = await in_thread(learners_online)
    assert before is not None
    async with serving_in_process() as server, connected(server, ada, ada, bo) as clients:
        for client in clients:
            await client.join(SITE_TOPIC)
        await shows(before + 2)
        await clients[2].leave(SITE_TOPIC)
        await shows(before + 1)
        await clients[1].leave(SITE_TOPIC)
        await shows(before + 1)


async def shows(people: int) -> None:
    """The gauge, as monitoring reads it."""
    async with asyncio.timeout(5):
        while await in_thread(lambda: gauges.read_gauge("people")) != people:
            await asyncio.sleep(0.05)
