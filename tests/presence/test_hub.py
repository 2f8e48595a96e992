"""The hub between a layer that fails and a history that remembers."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.exceptions import ConnectionError as RedisIsAway

from presence.transport import hub as hubs
from presence.transport.hub import Hub
from presence.transport.local_topic import LocalTopic
from presence.transport.outlets import PreparedMessage, QueuedOutlet
from tests.presence.clients import Reader
from tests.sockets import until
from viral_engine.kernel.pubsub import group_name
from viral_engine.kernel.pubsub.envelope import Envelope
from viral_engine.kernel.pubsub.history import history


class Told(QueuedOutlet):
    """The frames sent to a client."""

    def __init__(self) -> None:
        super().__init__(self._note)
        self.texts: list[str] = []

    async def _note(self, message: dict[str, str]) -> None: ...

    def put(self, packed: PreparedMessage) -> bool:
        self.texts.append(packed.text)
        return True


class Member(Reader):
    was_resynced = False

    def resync(self) -> None:
        self.was_resynced = True


@pytest.fixture
def topic() -> str:
    return f"user:{time.time_ns() % 10**15}"


@asynccontextmanager
async def running() -> AsyncIterator[Hub]:
    hub = Hub(lambda _: None)
    await hub.start()
    yield hub
    await hub.stop()


async def numbered(topic: str, *words: str) -> None:
    """Messages that the layer loses and the history keeps."""
    for word in words:
        text = f'[null,null,"{topic}","said",{{"word":"{word}"}}]'
        await history().append_all([Envelope(topic, group_name(topic), text, "", "must", "")])


async def joined(hub: Hub, topic: str) -> tuple[LocalTopic, Member, Told]:
    member, outlet = Member(), Told()
    async with hub.hold_subscription(topic) as local:
        hub.add(local, member, outlet)
    return local, member, outlet


async def test_who_joined_while_the_layer_was_away_gets_what_was_said_meanwhile(topic: str) -> None:
    async with running() as hub:
        await numbered(topic, "before")
        local, member, outlet = await joined(hub, topic)
        local.is_subscribed = False  # the layer lost it
        await numbered(topic, "one", "two")
        await hub._subscribe(local)
        assert [json.loads(text)[4]["word"] for text in outlet.texts] == ["one", "two"]
        assert local.cursor == await history().place(topic)
        assert member.was_resynced is False
        local.is_subscribed = False
        await hub._subscribe(local)
        assert len(outlet.texts) == 2


async def test_who_joined_before_the_first_message_was_heard_reads_anew(topic: str) -> None:
    async with running() as hub:
        member, outlet, page = Member(), Told(), Member()
        local = hub.topics[topic] = LocalTopic(topic)  # the layer was away at their joins
        hub.add(local, member, outlet)
        hub.add(local, page, Told(), takes_html=True)
        await numbered(topic, "one")
        await hub._subscribe(local)
        resync, one = outlet.texts
        assert resync == f'[null,null,"{topic}","resync",{{}}]'  # before it there may have been others
        assert json.loads(one)[4]["word"] == "one"
        assert (member.was_resynced, page.was_resynced) == (True, True)


class Broken:
    """A layer whose server is away."""

    async def receive(self, _: str) -> None:
        raise RedisIsAway("away")

    async def send(self, *_: object) -> None:
        raise RedisIsAway("away")

    async def group_add(self, *_: str) -> None:
        raise RedisIsAway("away")

    async def group_discard(self, *_: str) -> None:
        raise RedisIsAway("away")


async def test_a_topic_that_retires_while_the_layer_is_away_is_heard_by_the_tick(
    topic: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "LINGER_S", 0.01)
    monkeypatch.setattr(hubs, "TICK_S", 0.5)
    unobserved: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unobserved.append(context))
    async with running() as hub:
        local, member, _ = await joined(hub, topic)
        layer, hub._layer = hub._layer, Broken()
        async with local.lock:
            hub.remove(topic, member)
            await asyncio.sleep(0.05)  # it is about to retire
            hub.topics[topic] = newcomer = LocalTopic(topic)  # a member came meanwhile
            newcomer.members[Member()] = Told()
        await asyncio.sleep(0.1)
        assert "is not subscribed until the tick" in caplog.text
        hub._layer = layer
        await until(lambda: newcomer.is_subscribed)
    assert unobserved == []
