"""One contract, two backends. On Redis every tracker is a process of its own, as far as Redis can tell."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from django.conf import settings
from pytest_asyncio import fixture

from presence.tracker.base import TopicUpdate, Tracker
from presence.tracker.memory import MemoryTracker
from presence.tracker.redis import RedisTracker
from presence.tracker.roster import Roster

TOPIC = f"subject:contract-{time.time_ns()}"


class Watcher:
    """A tracker and what its listener made of it."""

    def __init__(self, make: Callable[[Any], Tracker]) -> None:
        self.roster = Roster()
        self.updates: list[TopicUpdate] = []
        self.tracker = make(self.receive)

    def receive(self, update: TopicUpdate) -> None:
        self.updates.append(update)
        take = self.roster.replace if update.whole else self.roster.apply
        take(update.changes, now_s=time.monotonic(), hold_s=update.hold_s)

    def seen(self) -> dict[str, list[str | None]]:
        self.roster.flush(time.monotonic())
        listing = self.roster.listing()
        return {key: sorted((meta["activity"] for meta in one["metas"]), key=str) for key, one in listing.items()}

    async def sees(self, expected: dict[str, list[str | None]]) -> None:
        deadline = time.monotonic() + 5
        while self.seen() != expected and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        assert self.seen() == expected


BACKENDS = ["memory", pytest.param("redis", marks=pytest.mark.services)]


@fixture(params=BACKENDS)
async def watcher(request: pytest.FixtureRequest) -> AsyncIterator[Watcher]:
    watcher = Watcher(MemoryTracker if request.param == "memory" else redis_tracker)
    await watcher.tracker.open(TOPIC)
    yield watcher
    for socket in range(12):
        await watcher.tracker.untrack(TOPIC, socket=f"s{socket}", hold_s=0)
    await watcher.tracker.stop()


def redis_tracker(listener: Any) -> RedisTracker:
    return RedisTracker(listener, settings.REDIS_URL)


async def track(watcher: Watcher, socket: str, key: str, activity: str | None = None) -> None:
    await watcher.tracker.track(TOPIC, socket=socket, key=key, meta={"activity": activity})


async def test_a_tracked_person_is_seen_and_tracking_again_changes_nothing(watcher: Watcher) -> None:
    await track(watcher, "s1", "42")
    await watcher.sees({"42": [None]})
    heard = len(watcher.updates)
    await track(watcher, "s1", "42", "other")
    await asyncio.sleep(0.1)
    assert (len(watcher.updates), watcher.seen()) == (heard, {"42": [None]})


async def test_two_tabs_are_two_metas_of_one_person(watcher: Watcher) -> None:
    await track(watcher, "s1", "42")
    await track(watcher, "s2", "42", "reading")
    await watcher.sees({"42": [None, "reading"]})
    await watcher.tracker.untrack(TOPIC, socket="s2", hold_s=0)
    await watcher.sees({"42": [None]})


async def test_an_update_reaches_every_tab_with_fresh_refs(watcher: Watcher) -> None:
    await track(watcher, "s1", "42")
    await track(watcher, "s2", "42")
    await watcher.sees({"42": [None, None]})
    before = {meta["phx_ref"] for _, meta in watcher.roster.entries.values()}
    await watcher.tracker.update(TOPIC, key="42", patch={"activity": "algebra"})
    await watcher.sees({"42": ["algebra", "algebra"]})
    after = {meta["phx_ref"] for _, meta in watcher.roster.entries.values()}
    assert (len(after), before & after) == (2, set())


async def test_an_update_skips_marked_entries_and_those_that_have_the_values(watcher: Watcher) -> None:
    await track(watcher, "s1", "42")
    await watcher.tracker.track(TOPIC, socket="s2", key="42", meta={"activity": None, "elsewhere": True})
    await watcher.sees({"42": [None, None]})
    await watcher.tracker.update(TOPIC, key="42", patch={"activity": "algebra"}, unless="elsewhere")
    await watcher.sees({"42": [None, "algebra"]})
    heard = len(watcher.updates)
    await watcher.tracker.update(TOPIC, key="42", patch={"activity": "algebra"}, unless="elsewhere")
    await asyncio.sleep(0.1)
    assert len(watcher.updates) == heard
    await watcher.tracker.update(TOPIC, key="42", patch={"activity": None})
    await watcher.sees({"42": [None, None]})


async def test_an_update_of_nobody_makes_nobody_present(watcher: Watcher) -> None:
    await watcher.tracker.update(TOPIC, key="7", patch={"activity": "x"})
    await asyncio.sleep(0.1)
    assert watcher.seen() == {}


async def test_untracking_twice_is_one_leave(watcher: Watcher) -> None:
    await track(watcher, "s1", "42")
    await watcher.sees({"42": [None]})
    heard = len(watcher.updates)
    await watcher.tracker.untrack(TOPIC, socket="s1", hold_s=0)
    await watcher.tracker.untrack(TOPIC, socket="s1", hold_s=0)
    await watcher.sees({})
    assert len(watcher.updates) == heard + 1


async def test_a_ninth_tab_is_not_tracked(watcher: Watcher) -> None:
    for number in range(10):
        await track(watcher, f"s{number}", "42")
    await watcher.sees({"42": [None] * 8})
    await watcher.tracker.untrack(TOPIC, socket="s0", hold_s=0)
    await watcher.sees({"42": [None] * 7})


async def test_many_at_once_are_all_seen(watcher: Watcher) -> None:
    await asyncio.gather(*(track(watcher, f"s{number}", str(number)) for number in range(12)))
    await watcher.sees({str(number): [None] for number in range(12)})


async def test_whoever_opens_later_gets_everything(watcher: Watcher) -> None:
    await track(watcher, "s1", "42", "x")
    await watcher.sees({"42": ["x"]})
    await watcher.tracker.close(TOPIC)
    await track(watcher, "s2", "43")
    watcher.updates.clear()
    await watcher.tracker.open(TOPIC)
    await watcher.sees({"42": ["x"], "43": [None]})
    assert watcher.updates[0].whole is True


@pytest.mark.services
async def test_two_processes_see_each_other_and_one_may_die() -> None:
    one, other = Watcher(redis_tracker), Watcher(redis_tracker)
    await asyncio.gather(one.tracker.open(TOPIC), other.tracker.open(TOPIC))
    await track(one, "s1", "1")
    await track(other, "s1", "2")  # socket ids meet, boot ids do not
    await asyncio.gather(one.sees({"1": [None], "2": [None]}), other.sees({"1": [None], "2": [None]}))
    await other.tracker.update(TOPIC, key="1", patch={"activity": "from afar"})
    await one.sees({"1": ["from afar"], "2": [None]})
    assert isinstance(other.tracker, RedisTracker)
    boot = other.tracker.boot
    await other.tracker.stop()
    assert isinstance(one.tracker, RedisTracker)
    await one.tracker._redis.delete(f"presence:lease:{boot}")  # as if 15 s had passed
    heard = len(one.updates)
    await one.sees({"1": ["from afar"]})
    assert [len(update.changes) for update in one.updates[heard:]] == [1]
    await one.tracker.untrack(TOPIC, socket="s1", hold_s=0)
    await one.tracker.stop()


@pytest.mark.services
async def test_a_snapshot_that_comes_late_does_not_undo_what_was_heard_meanwhile() -> None:
    one, other = Watcher(redis_tracker), Watcher(redis_tracker)
    await asyncio.gather(one.tracker.open(TOPIC), other.tracker.open(TOPIC))
    tracker = one.tracker
    assert isinstance(tracker, RedisTracker)
    await track(other, "s2", "1")
    await one.sees({"1": [None]})
    ask, is_late = tracker._snapshot, asyncio.Event()

    async def ask_and_wait(**what: Any) -> Any:
        answer = await ask(**what)
        await is_late.wait()
        return answer

    tracker._snapshot = ask_and_wait
    resync = asyncio.create_task(tracker._resync(TOPIC))
    await asyncio.sleep(0.1)
    await track(other, "s1", "2")
    await one.sees({"1": [None], "2": [None]})
    tracker._snapshot = ask
    is_late.set()
    await resync
    assert one.seen() == {"1": [None], "2": [None]}
    for socket in ("s1", "s2"):
        await other.tracker.untrack(TOPIC, socket=socket, hold_s=0)
    for watcher in (one, other):
        await watcher.tracker.stop()


@pytest.mark.services
async def test_a_process_declared_dead_cannot_write_and_comes_back_under_a_new_name() -> None:
    one, slept = Watcher(redis_tracker), Watcher(redis_tracker)
    await asyncio.gather(one.tracker.open(TOPIC), slept.tracker.open(TOPIC))
    await track(slept, "s1", "9")
    await one.sees({"9": [None]})
    assert isinstance(one.tracker, RedisTracker)
    assert isinstance(slept.tracker, RedisTracker)
    boot = slept.tracker.boot
    await one.tracker._expire_process(boot)
    await one.sees({})
    await track(slept, "s2", "10")  # refused under the old name
    await one.sees({"9": [None], "10": [None]})  # and sent again under the new one
    assert slept.tracker.boot != boot
    for tracker in (one.tracker, slept.tracker):
        for socket in ("s1", "s2"):
            await tracker.untrack(TOPIC, socket=socket, hold_s=0)
        await tracker.stop()
