"""The presence of every topic that this process shows: enter, leave, update."""

import asyncio
from typing import Protocol

from django.conf import settings

from presence import metrics
from presence.background import BackgroundTasks, log_failure
from presence.db import SharedReads
from presence.rules import ELSEWHERE
from presence.tracker.base import GRACE_S, Meta, TopicUpdate, Tracker
from presence.tracker.memory import MemoryTracker
from presence.tracker.redis import RedisTracker
from presence.tracker.topic_presence import Observer, PresencePolicy, TopicPresence
from presence.transport.hub import Hub
from presence.transport.local_topic import LocalTopic
from presence.transport.outlets import Outlet


class Participant(Observer, Protocol):
    """An observer that other people may see too."""

    @property
    def topic(self) -> str: ...

    @property
    def outlet(self) -> Outlet: ...

    @property
    def policy(self) -> PresencePolicy: ...

    async def describe(self) -> Meta | None:
        """The meta shown to others; None keeps the participant invisible."""

    def elsewhere(self) -> dict[str, Meta]:
        """Metas by other topic where the participant is present too, because they are here."""

    def is_over(self) -> bool:
        """Whether the participant left; checked again after every await."""

    def is_replaced(self) -> bool:
        """Whether a newer membership of the same socket owns the entry by now."""


class PresenceRegistry:
    """One per process. It picks the tracker: Redis when the site has one, otherwise memory."""

    def __init__(self, hub: Hub, reads: SharedReads, background: BackgroundTasks) -> None:
        self.tracker: Tracker = (
            RedisTracker(self._on_update, settings.REDIS_URLS["realtime"])
            if settings.REDIS_URL
            else MemoryTracker(self._on_update)
        )
        self.topics: dict[str, TopicPresence] = {}
        self._hub = hub
        self._reads = reads
        self._background = background
        self._opening: dict[str, asyncio.Task[TopicPresence]] = {}
        self._elsewhere: dict[str, set[str]] = {}  # entry -> topics where it is present because of another topic

    async def stop(self) -> None:
        for presence in self.topics.values():
            presence.cancel_timers()
        await self.tracker.stop()

    def get(self, topic: str) -> TopicPresence | None:
        return self.topics.get(topic)

    async def open(self, topic: str, policy: PresencePolicy, local: LocalTopic) -> TopicPresence:
        """The presence of a topic; the first caller reads it from the tracker, and the others wait for that."""
        if topic not in self._opening:
            if topic in self.topics:
                self.topics[topic].local = local
                return self.topics[topic]
            self._opening[topic] = asyncio.get_running_loop().create_task(self._open(topic, policy, local))
            self._opening[topic].add_done_callback(log_failure)
        return await asyncio.shield(self._opening[topic])

    async def _open(self, topic: str, policy: PresencePolicy, local: LocalTopic) -> TopicPresence:
        presence = self.topics[topic] = TopicPresence(topic, policy, self._hub, self._reads, local)
        try:
            await self.tracker.open(topic)
            presence.settle()
        finally:
            del self._opening[topic]
        return presence

    async def enter(self, participant: Participant) -> None:
        """Show the participant who is here, and show them to others if they agree to that."""
        topic = participant.topic
        presence = await self.open(topic, participant.policy, self._hub.topics[topic])
        if participant.is_over():
            self.release_soon(topic)
            return
        presence.add(participant, participant.outlet)
        meta = await participant.describe()
        if meta is not None:
            await self._track(participant, topic, participant.socket_id, meta)
        for other, its_meta in participant.elsewhere().items():
            if participant.is_over():
                return  # it has given up its places; another one would be kept for good
            self._elsewhere.setdefault(_entry_elsewhere(participant), set()).add(other)
            await self._track(participant, other, _entry_elsewhere(participant), its_meta)

    async def _track(self, participant: Participant, topic: str, entry: str, meta: Meta) -> None:
        if participant.is_over():
            return
        await self.tracker.track(topic, socket=entry, key=participant.key, meta=meta)
        # The tab may have closed during the write. After a second join the entry belongs to the new membership.
        if participant.is_over() and not participant.is_replaced():
            await self.tracker.untrack(topic, socket=entry)

    def leave(self, participant: Participant, *, is_deliberate: bool, is_restart: bool) -> None:
        self.detach(participant)
        if not is_restart:  # after a restart the person is back in another process before the lease runs out
            hold_s = 0.0 if is_deliberate else GRACE_S
            self._background.spawn(self._untrack(self._take_places(participant), hold_s=hold_s))
        self.release_soon(participant.topic)

    def detach(self, participant: Participant) -> None:
        """Send the participant no more diffs; others still see them."""
        presence = self.topics.get(participant.topic)
        if presence is not None:
            presence.remove(participant)

    async def reenter(self, participant: Participant) -> None:
        """Enter again under a changed profile."""
        await self._untrack(self._take_places(participant), hold_s=0.0)
        await self.enter(participant)

    def _take_places(self, participant: Participant) -> list[tuple[str, str]]:
        """The topics and entries that end with the participant; a second join of the topic makes new ones."""
        entry = _entry_elsewhere(participant)
        others = self._elsewhere.pop(entry, set())
        return [(participant.topic, participant.socket_id), *((other, entry) for other in others)]

    async def _untrack(self, places: list[tuple[str, str]], *, hold_s: float) -> None:
        await asyncio.gather(*(self.tracker.untrack(topic, socket=entry, hold_s=hold_s) for topic, entry in places))

    async def show_activity(self, topic: str, user_id: int, activity: str | None, *, subject: str = "") -> None:
        """Show what a person does in their metas on the topic, and in which subject; pages without practice do not."""
        unless = "" if activity is None else ELSEWHERE
        patch = {"current_activity": activity} | ({"current_subject": subject} if subject else {})
        await self.tracker.update(topic, key=str(user_id), patch=patch, unless=unless)

    def release_soon(self, topic: str) -> None:
        """Stop following the topic unless it is used again within 6 s."""
        presence = self.topics.get(topic)
        if presence is not None and not presence.is_used:
            asyncio.get_running_loop().call_later(GRACE_S * 2, self._release, presence)

    def _release(self, presence: TopicPresence) -> None:
        is_used = presence.observers or not presence.local.is_empty
        topic = presence.topic
        if not is_used and self.topics.get(topic) is presence and topic not in self._opening:
            del self.topics[topic]
            presence.cancel_timers()
            self._background.spawn(self.tracker.close(topic))

    def _on_update(self, update: TopicUpdate) -> None:
        presence = self.topics.get(update.topic)
        if presence is not None:
            presence.apply(update)

    def report_lag(self) -> None:
        if isinstance(self.tracker, RedisTracker):
            metrics.TRACKER_LAG.set(self.tracker.lag)


def _entry_elsewhere(participant: Participant) -> str:
    return f"{participant.socket_id}@{participant.topic}"
