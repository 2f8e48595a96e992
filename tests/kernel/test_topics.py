import asyncio

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connections

from viral_engine.kernel import topics


def test_group_name_is_ascii_short_and_one_to_one() -> None:
    names = {topics.group_name(topic) for topic in ("cohort:7", "cohort.7", "cohort:7:math", "cohort:é")}
    assert len(names) == 4
    assert topics.group_name("cohort:7") == "cohort.3a.7"
    assert len(topics.group_name("x" * 300)) == 99


@pytest.mark.django_db(transaction=True)
async def test_publish_reaches_a_subscriber_after_commit() -> None:
    """On the in-memory layer, and on Redis in the run that has it."""
    topics.bind_server_loop(asyncio.get_running_loop())
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(topics.group_name("user:7"), channel)
    await sync_to_async(topics.publish)("user:7", "reward_granted", {"amount": 1})
    message = await asyncio.wait_for(layer.receive(channel), timeout=5)
    assert message == {"type": "topic.frame", "text": '[null,null,"user:7","reward_granted",{"amount":1}]'}
    await layer.group_discard(topics.group_name("user:7"), channel)
    await sync_to_async(connections.close_all)()  # the thread that published had a connection of its own


@pytest.mark.services
def test_the_services_run_has_both_services() -> None:
    assert settings.ON_POSTGRESQL is True
    assert settings.REDIS_URL != ""
