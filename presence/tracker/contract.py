"""What both trackers promise. `tests/presence/test_tracker_contract.py` holds both to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Meta = dict[str, Any]  # {"phx_ref": "k3f.12.0", "name": "Ada", "current_activity": None}

GRACE_S = 3.0  # a person who closes the last tab is shown this long: a page load must not blink
LEASE_S = 15.0  # a process that has not renewed its lease this long is dead


@dataclass(frozen=True, slots=True)
class Change:
    """One entry has a new version, or, with no meta, is gone.

    `entry` is "<boot id>/<socket id>": random per start, so that a new process never owns an old one's entries.
    """

    entry: str
    key: str  # the person, "42"
    meta: Meta | None


@dataclass(frozen=True, slots=True)
class Update:
    """Changes of one topic in the order of the store; `hold_s` is how long a person's leave may still be taken back.

    `whole` says that the changes are everything there is: what is not among them is gone.
    """

    topic: str
    changes: Sequence[Change]
    hold_s: float = 0.0
    whole: bool = False


class Listener(Protocol):
    def __call__(self, update: Update, /) -> None: ...


class Tracker(Protocol):
    """Every method is for the server's event loop. A change comes back through the listener, also to its maker."""

    async def open(self, topic: str) -> None:
        """From now on the listener hears the topic, beginning with all of it."""

    async def close(self, topic: str) -> None:
        """The listener no longer hears the topic."""

    async def track(self, topic: str, *, socket: str, key: str, meta: Meta) -> None:
        """The socket's entry stands; tracking it again changes nothing. `phx_ref` is given by the store."""

    async def untrack(self, topic: str, *, socket: str, hold_s: float = GRACE_S) -> None:
        """The socket's entry is gone; untracking it again changes nothing."""

    async def update(self, topic: str, *, key: str, patch: Meta) -> None:
        """Every entry of the person has a new version with these fields; nobody is made present by it."""

    async def stop(self) -> None:
        """The process ends. Its entries stay until its lease runs out, so that nobody blinks in a deploy."""
