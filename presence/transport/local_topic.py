"""One topic as this process serves it, and who follows it here."""

import asyncio
from collections import deque
from typing import Protocol

from presence.transport import protocol
from presence.transport.guard import Work
from presence.transport.outlets import Outlet
from viral_engine.kernel.pubsub.history import Cursor


class Subscriber(Protocol):
    """A membership of a socket, or a live page."""

    @property
    def socket_id(self) -> str:
        """The client's socket, which a publisher may skip; empty for a subscriber that is never skipped."""

    @property
    def hidden(self) -> frozenset[int]:
        """Ids of people blocked in either direction; messages about them are not delivered."""

    @property
    def unseen(self) -> frozenset[int]:
        """Ids of people whom the listing of this subscriber leaves out; `hidden` may hold muted authors too."""

    def resync(self) -> None:
        """Send the current state: messages were missed that are not kept any more."""

    def cut(self) -> None:
        """Disconnect a client that does not read."""


class LocalTopic:
    """One topic's subscribers in this process."""

    __slots__ = (
        "cursor",
        "holds",
        "is_delivering",
        "is_guarded",
        "is_subscribed",
        "lock",
        "members",
        "name",
        "pages",
        "waiting",
        "with_blocks",
    )

    def __init__(self, name: str, *, is_guarded: bool = False) -> None:
        self.name = name
        self.is_guarded = is_guarded
        self.waiting: deque[Work] = deque()  # messages that wait for rights to be confirmed
        self.is_delivering = False
        self.members: dict[Subscriber, Outlet] = {}
        self.pages: dict[Subscriber, Outlet] = {}  # live pages, which take HTML
        self.with_blocks: set[Subscriber] = set()  # those with a block in either direction
        self.cursor: Cursor = ("", 0)
        self.lock = asyncio.Lock()
        self.is_subscribed = False
        self.holds = 0  # joins under way, each of which may still add a subscriber

    @property
    def is_empty(self) -> bool:
        return not (self.members or self.pages or self.holds)


def skipped_by(text: str, local: LocalTopic, skip: str = "") -> set[Subscriber]:
    """The sender's own socket, and subscribers with a block on a person in the message.

    The message is parsed only if a subscriber has a block.
    """
    found = {member for member in local.members if member.socket_id == skip} if skip else set()
    if local.with_blocks:
        people = protocol.user_ids_in(text)
        found |= {subscriber for subscriber in local.with_blocks if not people.isdisjoint(subscriber.hidden)}
    return found
