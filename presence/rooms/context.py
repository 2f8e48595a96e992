"""The parts of the process that a room can use."""

from collections.abc import Callable, Collection, Hashable, Iterable
from typing import Any, Protocol, TypeVar

from presence.db import run_in_db_thread
from presence.runtime import Runtime
from presence.tracker.roster import Listing
from presence.tracker.topic_presence import Observer, TopicPresence
from viral_engine.accounts.viewer_profiles import ViewerProfile
from viral_engine.kernel.clock import now
from viral_engine.kernel.pubsub import publish_now

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
C = TypeVar("C")


class RoomMember(Observer, Protocol):
    """The membership that a room serves."""

    @property
    def topic(self) -> str: ...

    @property
    def viewer(self) -> ViewerProfile: ...

    @property
    def page_attempt(self) -> str | None: ...


class RoomContext:
    """One member's topic, profile and frames, with the reads that all sockets of the process share.

    Handlers reply by returning a payload. The profile changes under way: read `viewer` again after every await.
    """

    __slots__ = ("_member", "_runtime", "joined_at_s")

    def __init__(self, member: RoomMember, runtime: Runtime) -> None:
        self.joined_at_s = int(now().timestamp())  # since the epoch
        self._member = member
        self._runtime = runtime

    @property
    def topic(self) -> str:
        return self._member.topic

    @property
    def viewer(self) -> ViewerProfile:
        return self._member.viewer

    @property
    def page_attempt(self) -> str | None:
        """The attempt that the member's page has open, as the page says; None for a program, empty on other pages."""
        return self._member.page_attempt

    def shows_another(self, attempt_id: str) -> bool:
        return self.page_attempt is not None and self.page_attempt != attempt_id

    # -- Frames ------------------------------------------------------------------------------------------
    def push(self, event: str, payload: object) -> None:
        """Send a message to this member alone."""
        self._member.push(event, payload)

    @staticmethod
    def publish(topic: str, event: str, payload: dict[str, Any]) -> None:
        """Send a numbered message to every subscriber of a topic, in all processes."""
        publish_now(topic, event, payload)

    # -- Presence ----------------------------------------------------------------------------------------
    @property
    def presence(self) -> TopicPresence | None:
        """The presence of this topic; None in a room without presence."""
        return self._runtime.presence.get(self.topic)

    def friends_here(self) -> Listing:
        """The viewer's friends on this topic, without blocked people."""
        presence = self.presence
        return presence.friends_here(self._member) if presence is not None else {}

    async def show_activity(self, activity: str | None, *, subject: str = "") -> None:
        """Show what the viewer does on this topic, in every tab that may show it; it ends after two idle minutes."""
        if activity is not None:
            self.watch_practice([self.topic])
        await self._runtime.presence.show_activity(self.topic, self.viewer.id, activity, subject=subject)

    def watch_practice(self, topics: Iterable[str], *, idle_in_s: float | None = None) -> None:
        self._runtime.practice.begin(self.viewer.id, topics, idle_in_s=idle_in_s)

    # -- Reads -------------------------------------------------------------------------------------------
    async def load(self, fetch: Callable[[Collection[K]], dict[K, V]], key: K) -> V | None:
        """Read one key together with the keys that other sockets need at this moment."""
        return await self._runtime.reads.load(fetch, key)

    def cache(self, kind: type[C]) -> C:
        """The process's one instance of a cache."""
        return self._runtime.reads.cache(kind)

    @staticmethod
    async def run_in_db(act: Callable[[], V]) -> V:
        """Run synchronous database work on a bounded pool of threads."""
        return await run_in_db_thread(act)
