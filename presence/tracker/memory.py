"""The tracker of a site in one process: nothing installed, nothing shared."""

import secrets
from collections import defaultdict

from presence.rules import MAX_METAS_PER_PERSON
from presence.tracker.contract import GRACE_S, Change, Listener, Meta, Update


class MemoryTracker:
    """Cost  a dictionary entry a socket and topic; every call is a little synchronous work on the event loop."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._boot = secrets.token_hex(4)
        self._topics: defaultdict[str, _Topic] = defaultdict(_Topic)
        self._open: set[str] = set()
        self._version = 0

    async def open(self, topic: str) -> None:
        self._open.add(topic)
        everything = [Change(entry, key, meta) for entry, (key, meta) in self._topics[topic].entries.items()]
        self._listener(Update(topic, everything, whole=True))

    async def close(self, topic: str) -> None:
        self._open.discard(topic)
        if not self._topics[topic].entries:
            del self._topics[topic]

    async def track(self, topic: str, *, socket: str, key: str, meta: Meta) -> None:
        place, entry = self._topics[topic], f"{self._boot}/{socket}"
        mine = place.of.setdefault(key, [])
        if entry in place.entries or len(mine) >= MAX_METAS_PER_PERSON:
            return
        mine.append(entry)
        place.entries[entry] = (key, self._versioned(meta))
        self._tell(topic, [Change(entry, *place.entries[entry])])

    async def untrack(self, topic: str, *, socket: str, hold_s: float = GRACE_S) -> None:
        place, entry = self._topics[topic], f"{self._boot}/{socket}"
        removed = place.entries.pop(entry, None)
        if removed is None:
            return
        key = removed[0]
        place.of[key].remove(entry)
        if not place.of[key]:
            del place.of[key]
        self._tell(topic, [Change(entry, key, None)], hold_s)

    async def update(self, topic: str, *, key: str, patch: Meta) -> None:
        place = self._topics[topic]
        mine = place.of.get(key, [])
        for entry in mine:
            place.entries[entry] = (key, self._versioned(place.entries[entry][1] | patch))
        if mine:
            self._tell(topic, [Change(entry, *place.entries[entry]) for entry in mine])

    def people(self, topic: str) -> int:
        """How many are tracked; for any thread."""
        place = self._topics.get(topic)
        return len(place.of) if place is not None else 0

    async def stop(self) -> None:
        self._open.clear()

    def _versioned(self, meta: Meta) -> Meta:
        self._version += 1
        return meta | {"phx_ref": f"{self._boot}.{self._version}"}

    def _tell(self, topic: str, changes: list[Change], hold_s: float = 0.0) -> None:
        if topic in self._open:
            self._listener(Update(topic, changes, hold_s))


class _Topic:
    __slots__ = ("entries", "of")

    def __init__(self) -> None:
        self.entries: dict[str, tuple[str, Meta]] = {}
        self.of: dict[str, list[str]] = {}  # key -> entries
