import asyncio
import secrets

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connections

from viral_engine.kernel import pubsub
from viral_engine.kernel.pubsub.envelope import Envelope
from viral_engine.kernel.pubsub.history import KEPT, forget_kept_messages, history


def test_group_name_is_ascii_short_and_one_to_one() -> None:
    names = {pubsub.group_name(topic) for topic in ("cohort:7", "cohort.7", "cohort:7:math", "cohort:é")}
    assert len(names) == 4
    assert pubsub.group_name("cohort:7") == "cohort.3a.7"
    assert len(pubsub.group_name("x" * 300)) == 99


def envelope(topic: str, text: str) -> Envelope:
    return Envelope(topic, pubsub.group_name(topic), text, "", "must", "")


def test_a_number_is_put_into_the_payload() -> None:
    full = envelope("user:7", '[null,null,"user:7","reward_granted",{"amount":1}]')
    assert full.as_message(epoch="e", seq=17)["text"] == '[null,null,"user:7","reward_granted",{"amount":1,"seq":17}]'
    empty = envelope("user:7", '[null,null,"user:7","hello",{}]')
    assert empty.as_message(epoch="e", seq=1)["text"] == '[null,null,"user:7","hello",{"seq":1}]'
    assert empty.as_message()["text"] == '[null,null,"user:7","hello",{}]'


async def test_history_numbers_each_topic_and_tells_what_was_missed() -> None:
    """In memory, and on Redis in the run that has it."""
    log, topic = history(), f"test:{secrets.token_hex(4)}"
    assert await log.place(topic) == ("", 0)
    texts = [f'[null,null,"t","e",{{"n":{n}}}]' for n in range(3)]
    places = await log.append_all([envelope(topic, texts[0])])
    places += await log.append_all([envelope(topic, text) for text in texts[1:]])
    epoch = places[0][0]
    assert places == [(epoch, 1), (epoch, 2), (epoch, 3)]
    now, missed = await log.since(topic, (epoch, 1))
    assert now == (epoch, 3)
    assert missed == ['[null,null,"t","e",{"n":1,"seq":2}]', '[null,null,"t","e",{"n":2,"seq":3}]']
    assert await log.since(topic, (epoch, 3)) == ((epoch, 3), [])
    assert await log.since(topic, ("another", 1)) == ((epoch, 3), None)
    assert await log.since(topic, (epoch, 9)) == ((epoch, 3), None)
    assert await log.places([topic, "nobody"]) == [(epoch, 3), ("", 0)]


async def test_history_keeps_a_hundred_messages() -> None:
    log, topic = history(), f"test:{secrets.token_hex(4)}"
    (epoch, _), *_ = await log.append_all([envelope(topic, '[null,null,"t","e",{}]')] * (KEPT + 5))
    _, texts = await log.since(topic, (epoch, 5))
    assert texts is not None
    assert len(texts) == KEPT
    assert (await log.since(topic, (epoch, 4)))[1] is None


@pytest.mark.django_db(transaction=True)
async def test_publish_reaches_a_subscriber_after_commit_in_order_and_numbered() -> None:
    """On the in-memory layer, and on Redis in the run that has it."""
    pubsub.bind_server_loop(asyncio.get_running_loop())
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(pubsub.group_name("user:7"), channel)

    def publish_all() -> None:
        for amount in (1, 2, 3):
            pubsub.publish("user:7", "reward_granted", {"amount": amount})
        pubsub.publish("user:7", "typing", {}, delivery="drop", html="<p id=x></p>")
        connections.close_all()  # the thread that published had a connection of its own

    await sync_to_async(publish_all, thread_sensitive=False)()
    heard = [await asyncio.wait_for(layer.receive(channel), timeout=5) for _ in range(4)]
    first = heard[0]["seq"]
    assert [message["seq"] for message in heard] == [first, first + 1, first + 2, 0]
    assert heard[1]["text"] == f'[null,null,"user:7","reward_granted",{{"amount":2,"seq":{first + 1}}}]'
    assert (heard[3]["text"], heard[3]["html"]) == ('[null,null,"user:7","typing",{}]', "<p id=x></p>")
    await layer.group_discard(pubsub.group_name("user:7"), channel)
    await layer.flush()


@pytest.mark.services
def test_the_services_run_has_both_services() -> None:
    assert settings.ON_POSTGRESQL is True
    assert settings.REDIS_URL != ""


async def test_kept_messages_are_forgotten_and_clients_take_a_snapshot_then() -> None:
    topic = f"cohort:{secrets.token_hex(4)}"
    said = envelope(topic, f'[null,null,"{topic}","said",{{"text":"Ada"}}]')
    [first, second] = await history().append_all([said, said])
    _, kept = await history().since(topic, first)
    assert kept is not None
    assert len(kept) == 1
    forget_kept_messages()
    assert await history().since(topic, first) == (second, None)
    assert await history().since(topic, second) == (second, [])


async def test_a_lost_message_leaves_a_gap_that_nothing_fills() -> None:
    log, topic = history(), f"test:{secrets.token_hex(4)}"
    [(epoch, _)] = await log.append_all([envelope(topic, '[null,null,"t","e",{}]')])
    await log.skip([topic, f"{topic}:unheard-of"])
    assert await log.since(topic, (epoch, 1)) == ((epoch, 2), None)


@pytest.mark.services
async def test_a_message_whose_answer_was_lost_keeps_its_number() -> None:
    log, topic = history(), f"test:{secrets.token_hex(4)}"
    texts = [envelope(topic, f'[null,null,"t","e",{{"n":{n}}}]') for n in (1, 11)]
    places = await log.append_all(texts)
    assert await log.append_all(texts[::-1], is_repeat=True) == places[::-1]
    assert (await log.from_start(topic))[1] == [
        '[null,null,"t","e",{"n":1,"seq":1}]',
        '[null,null,"t","e",{"n":11,"seq":2}]',
    ]
