"""The tracker of a site that runs in one process."""

import secrets
from collections import defaultdict

from presence.rules import MAX_METAS_PER_PERSON
from presence.tracker.base import GRACE_S, EntryChange, Meta, TopicUpdate, UpdateListener, is_changed_by


class MemoryTracker:
    """Keeps entries in dictionaries.

    Cost  one dictionary entry per socket and topic; every call is a little synchronous work on the event loop.
    """

    def __init__(self, listener: UpdateListener) -> None:
        self._listener = listener
        self._boot = secrets.token_hex(4)
        self._topics: defaultdict[str, _Topic] = defaultdict(_Topic)
        self._open: set[str] = set()
        self._version = 0

    async def open(self, topic: str) -> None:
        self._open.add(topic)
        full_state = [EntryChange(entry, key, meta) for entry, (key, meta) in self._topics[topic].entries.items()]
        self._listener(TopicUpdate(topic, full_state, whole=True))

    async def close(self, topic: str) -> None:
        self._open.discard(topic)
        if not self._topics[topic].entries:
            del self._topics[topic]

    async def track(self, topic: str, *, socket: str, key: str, meta: Meta) -> None:
        state, entry = self._topics[topic], f"{self._boot}/{socket}"
        own = state.by_key.setdefault(key, [])
        if entry in state.entries or len(own) >= MAX_METAS_PER_PERSON:
            return
        own.append(entry)
        state.entries[entry] = (key, self._versioned(meta))
        self._notify(topic, [EntryChange(entry, *state.entries[entry])])

    async def untrack(self, topic: str, *, socket: str, hold_s: float = GRACE_S) -> None:
        state, entry = self._topics[topic], f"{self._boot}/{socket}"
        removed = state.entries.pop(entry, None)
        if removed is None:
            return
        key = removed[0]
        state.by_key[key].remove(entry)
        if not state.by_key[key]:
            del state.by_key[key]
        self._notify(topic, [EntryChange(entry, key, None)], hold_s)

    async def update(self, topic: str, *, key: str, patch: Meta, unless: str = "") -> None:
        state = self._topics[topic]
        own = [one for one in state.by_key.get(key, []) if is_changed_by(state.entries[one][1], patch, unless)]
        for entry in own:
            state.entries[entry] = (key, self._versioned(state.entries[entry][1] | patch))
        if own:
            self._notify(topic, [EntryChange(entry, *state.entries[entry]) for entry in own])

    def people(self, topic: str) -> int:
        """The number of tracked people; callable from any thread."""
        state = self._topics.get(topic)
        return len(state.by_key) if state is not None else 0

    async def stop(self) -> None:
        self._open.clear()

    def _versioned(self, meta: Meta) -> Meta:
        self._version += 1
        return meta | {"phx_ref": f"{self._boot}.{self._version}"}

    def _notify(self, topic: str, changes: list[EntryChange], hold_s: float = 0.0) -> None:
        if topic in self._open:
            self._listener(TopicUpdate(topic, changes, hold_s))


class _Topic:
    __slots__ = ("by_key", "entries")

    def __init__(self) -> None:
        self.entries: dict[str, tuple[str, Meta]] = {}
        self.by_key: dict[str, list[str]] = {}  # key -> entries
