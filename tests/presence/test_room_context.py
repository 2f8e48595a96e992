"""A room runs on its context alone: no socket, no node."""

import asyncio
import threading
from collections.abc import Collection
from dataclasses import dataclass, field

from presence.rooms.base import Room
from presence.rooms.context import RoomContext
from presence.rooms.user import UserRoom
from presence.runtime import Runtime
from tests.presence.viewers import ADA
from viral_engine.accounts.viewer_profiles import ViewerProfile


@dataclass
class Member:
    """A membership as a room needs it."""

    topic: str
    viewer: ViewerProfile = ADA
    socket_id: str = "s1"
    key: str = "7"
    friends: frozenset[int] = frozenset()
    hidden: frozenset[int] = frozenset()
    unseen: frozenset[int] = frozenset()
    page_attempt: str | None = None
    pushed: list[tuple[str, object]] = field(default_factory=list)

    def push(self, event: str, payload: object) -> None:
        self.pushed.append((event, payload))

    def resync(self) -> None: ...

    def cut(self) -> None: ...


class Cache:
    """Any class without arguments."""


def context_of(member: Member) -> RoomContext:
    return RoomContext(member, Runtime.create(lambda _: None))


async def test_a_topic_of_another_person_is_refused() -> None:
    assert UserRoom(context_of(Member("user:7")), {"id": "7"}).refusal() == ""
    assert UserRoom(context_of(Member("user:8")), {"id": "8"}).refusal() == "not_your_topic"


async def test_a_room_that_names_nobody_admits_nobody() -> None:
    assert Room(context_of(Member("user:7")), {}).refusal() == "no_policy"


async def test_a_push_reaches_the_member_and_the_current_profile_is_read() -> None:
    member = Member("user:7")
    context = context_of(member)
    context.push("reward_granted", {"amount": 1})
    assert member.pushed == [("reward_granted", {"amount": 1})]
    assert context.viewer is ADA
    assert context.presence is None  # nobody has opened the topic
    assert context.friends_here() == {}


async def test_reads_and_caches_are_shared_by_the_process() -> None:
    runtime = Runtime.create(lambda _: None)
    first, second = (RoomContext(Member(topic), runtime) for topic in ("user:7", "user:8"))
    asked: list[set[int]] = []

    def doubled(keys: Collection[int]) -> dict[int, int | None]:
        asked.append(set(keys))
        return {key: 2 * key for key in keys}

    assert first.cache(Cache) is second.cache(Cache)
    found = await asyncio.gather(first.load(doubled, 1), second.load(doubled, 2))
    assert [*found] == [2, 4]
    assert asked == [{1, 2}]
    assert await first.run_in_db(threading.get_ident) != threading.get_ident()
