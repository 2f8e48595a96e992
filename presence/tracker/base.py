"""The interface of both trackers. `tests/presence/test_tracker_contract.py` tests both against it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Meta = dict[str, Any]  # {"phx_ref": "k3f.12.0", "name": "Ada", "current_activity": None}

GRACE_S = 3.0  # a person who closes the last tab stays visible this long, so that a page load is not a leave
LEASE_S = 15.0  # a process that has not renewed its lease for this long is dead


@dataclass(frozen=True, slots=True)
class EntryChange:
    """One entry has a new version; without a meta it is gone.

    `entry` is "<boot id>/<socket id>": the boot id is random, so that a new process never owns the entries of
    an old one.
    """

    entry: str
    key: str  # the person, "42"
    meta: Meta | None


@dataclass(frozen=True, slots=True)
class TopicUpdate:
    """Changes of one topic in the order of the store.

    `hold_s` delays the leave of a person's last entry, because they may come back. `whole` means that the changes are
    the full state, and every other entry is gone.
    """

    topic: str
    changes: Sequence[EntryChange]
    hold_s: float = 0.0
    whole: bool = False


def is_changed_by(meta: Meta, patch: Meta, unless: str) -> bool:
    """Whether an update with these arguments gives an entry a new version."""
    return not meta.get(unless) and any(meta.get(name) != value for name, value in patch.items())


class UpdateListener(Protocol):
    def __call__(self, update: TopicUpdate, /) -> None: ...


class Tracker(Protocol):
    """Methods run on the server's event loop. The listener gets every change, also the changes of this process."""

    async def open(self, topic: str) -> None:
        """Send the topic's full state to the listener, then every change."""

    async def close(self, topic: str) -> None:
        """Send no more changes of the topic to the listener."""

    async def track(self, topic: str, *, socket: str, key: str, meta: Meta) -> None:
        """Add the socket's entry; tracking it again changes nothing. The store assigns `phx_ref`."""

    async def untrack(self, topic: str, *, socket: str, hold_s: float = GRACE_S) -> None:
        """Remove the socket's entry; untracking it again changes nothing."""

    async def update(self, topic: str, *, key: str, patch: Meta, unless: str = "") -> None:
        """Change these fields in every entry of the person, except those whose field `unless` is set.

        It adds no entry, and an entry that has these values already keeps its version.
        """

    async def stop(self) -> None:
        """End the process's work. Its entries stay until its lease runs out, so that a deploy shows no leaves."""
