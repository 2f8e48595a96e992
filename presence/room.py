"""What a topic is to its members: who may join, what they get, what they may say. Apps subclass Room in `rooms.py`."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from presence.audience import Audience
    from presence.channel import Channel

Payload = dict[str, Any]
Handler = Callable[[Any, Payload], Awaitable[Payload]]


class Refused(Exception):
    """A join or a message is refused; `reason` is a stable code for programs, such as `not_in_cohort`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def handles(event: str) -> Callable[[Handler], Handler]:
    """This method answers `event`; what no method is marked for is refused."""

    def mark(method: Handler) -> Handler:
        method.event = event  # type: ignore[attr-defined]
        return method

    return mark


class Room:
    """One socket's stay in one topic. `pattern` names the topics; its groups arrive in `names`."""

    pattern: ClassVar[str]
    has_presence: ClassVar[bool] = False
    friends_only: ClassVar[bool] = False  # a member is shown to friends alone, whatever the number of people
    handlers: ClassVar[dict[str, Handler]] = {}

    __slots__ = ("channel", "names")

    def __init__(self, channel: "Channel", names: dict[str, str]) -> None:
        self.channel = channel
        self.names = names

    def __init_subclass__(cls) -> None:
        own = {method.event: method for method in vars(cls).values() if hasattr(method, "event")}
        cls.handlers = cls.handlers | own

    async def join(self, params: Payload) -> Payload:  # noqa: ARG002  (what a client may ask for differs by room)
        """The reply to the member, who is let in unless this raises Refused."""
        return {}

    async def snapshot(self) -> Payload:
        """All a client needs that was away for longer than the topic's history."""
        return {}

    async def joined(self) -> None:
        """The member is subscribed, and sees who is here: further snapshots are pushed from here."""

    async def describe(self) -> Payload | None:
        """How others see the member here, or None for nobody to see. Only asked where `has_presence`."""
        return None

    @classmethod
    async def presence_changed(cls, audience: "Audience") -> None:
        """People came, went or changed; called once per tick and topic, for all members."""


@dataclass(frozen=True, slots=True)
class Route:
    pattern: re.Pattern[str]
    room: type[Room]


_routes: dict[str, list[Route]] = {}


def register(room: type[Room]) -> type[Room]:
    """A decorator: topics of the room's pattern lead to it."""
    first = room.pattern.partition(":")[0]
    _routes.setdefault(first, []).append(Route(re.compile(room.pattern), room))
    return room


def room_for(topic: str) -> tuple[type[Room], dict[str, str]] | None:
    """The room of a topic and the names in it; None for a topic of nobody."""
    for route in _routes.get(topic.partition(":")[0], ()):
        if found := route.pattern.fullmatch(topic):
            return route.room, found.groupdict()
    return None
