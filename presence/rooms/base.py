"""Rooms: who may join a topic, what members receive, and the events they may send.

Apps subclass `Room` in their `rooms.py` and register the class for a pattern of topics.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from presence.rooms.context import RoomContext
from presence.tracker.topic_presence import TopicPresence

Payload = dict[str, Any]
Handler = Callable[[Any, Payload], Awaitable[Payload]]


class RequestRefused(Exception):
    """The server refuses a join or a message; `reason` is a stable code for programs, such as `not_in_cohort`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class EventHandler:
    """A room's method that answers one event."""

    event: str
    method: Handler


def handles(event: str) -> Callable[[Handler], EventHandler]:
    """A decorator: the method answers `event`. Events without a handler are refused."""
    return lambda method: EventHandler(event, method)


class Room:
    """One member's stay in one topic. `pattern` names the topics, and `names` holds its groups."""

    pattern: ClassVar[str]
    has_presence: ClassVar[bool] = False
    is_guarded: ClassVar[bool] = True  # nothing is delivered before rights are confirmed; off where all may listen
    friends_only: ClassVar[bool] = False  # members are shown to their friends only, whatever the size of the room
    handlers: ClassVar[dict[str, Handler]] = {}

    __slots__ = ("context", "names")

    def __init__(self, context: RoomContext, names: dict[str, str]) -> None:
        self.context = context
        self.names = names

    def __init_subclass__(cls) -> None:
        own = {one.event: one.method for one in vars(cls).values() if isinstance(one, EventHandler)}
        cls.handlers = cls.handlers | own

    def refusal(self) -> str:
        """Why the viewer may not be here, as a code for programs; empty if they may. From their profile, no query.

        Asked at the join and again whenever the profile changes: a refusal then closes the channel. A room that
        names nobody admits nobody.
        """
        return "no_policy"

    async def join(self, params: Payload) -> Payload:  # noqa: ARG002  (rooms differ in what they accept)
        """Admit the member with this reply, or raise `RequestRefused`. Called after `refusal`."""
        return {}

    async def snapshot(self) -> Payload:
        """The state for a client whose missed messages are not kept any more."""
        return {}

    async def joined(self) -> None:
        """Called once the member is subscribed and has the presence listing; first pushes are sent here."""

    async def describe(self) -> Payload | None:
        """The meta that others see; None keeps the member invisible. Called only if `has_presence`."""
        return None

    def elsewhere(self) -> dict[str, Payload]:
        """Metas by other topic, where being here makes the member present too. Called after `describe`."""
        return {}

    @classmethod
    async def presence_changed(cls, presence: TopicPresence) -> None:
        """Called after presence diffs, at most once a second and topic, to send statistics to all members."""


@dataclass(frozen=True, slots=True)
class Route:
    pattern: re.Pattern[str]
    room: type[Room]


_routes: dict[str, list[Route]] = {}


def register(room: type[Room]) -> type[Room]:
    """A decorator: topics that match the room's pattern are served by it."""
    prefix = room.pattern.partition(":")[0]
    _routes.setdefault(prefix, []).append(Route(re.compile(room.pattern), room))
    return room


def room_for(topic: str) -> tuple[type[Room], dict[str, str]] | None:
    """The room of a topic and the groups of its pattern; None for an unknown topic."""
    for route in _routes.get(topic.partition(":")[0], ()):
        if found := route.pattern.fullmatch(topic):
            return route.room, found.groupdict()
    return None


def is_guarded(topic: str) -> bool:
    """Whether a topic is for some people only. Topics without a room are."""
    found = room_for(topic)
    return found is None or found[0].is_guarded
