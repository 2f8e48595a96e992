"""One topic's people as this process knows them and as its viewers see them. Pure: the clock is passed in."""

from collections import Counter
from collections.abc import Iterable

from presence.rules import MAX_METAS_PER_PERSON, Headcounts, public_count
from presence.tracker.base import EntryChange, Meta

Listing = dict[str, dict[str, list[Meta]]]  # {"42": {"metas": [{"phx_ref": ..., "name": "Ada"}]}}
Version = tuple[str, Meta]  # key, meta


class Roster:
    """Turns changes into diffs: `entries` is the known state, `shown` is the viewers', and `flush` is the difference.

    Between two flushes an entry that comes and goes is never sent, and a1 -> a2 -> a3 is sent as a1 -> a3. A viewer's
    first listing is taken from `shown`, so that the next diff fits it exactly.

    Cost  a change, a count and one person's listing do not grow with the people; a whole listing does.
    """

    def __init__(self) -> None:
        self.entries: dict[str, Version] = {}
        self.shown: dict[str, Version] = {}
        self._changed: set[str] = set()
        self._held_until: dict[str, float] = {}
        self._present: Counter[str] = Counter()  # key -> entries
        self._people: dict[str, dict[str, Meta]] = {}  # key -> shown entries
        self._active: Counter[str] = Counter()  # key -> shown entries with an activity

    @property
    def people(self) -> int:
        return len(self._people)

    @property
    def known(self) -> int:
        """People who are here, including those not shown yet."""
        return len(self._present)

    def shows(self, key: str) -> bool:
        return key in self._people

    def apply(self, changes: Iterable[EntryChange], *, now_s: float, hold_s: float) -> None:
        for change in changes:
            self._put(change.entry, None if change.meta is None else (change.key, change.meta), now_s + hold_s)

    def replace(self, changes: Iterable[EntryChange], *, now_s: float, hold_s: float) -> None:
        """Replace all entries; a missing entry is gone, but stays shown until `hold_s` has passed."""
        whole = list(changes)
        kept = {change.entry for change in whole}
        for entry in self.entries.keys() - kept:
            self._put(entry, None, now_s + hold_s)
        self.apply(whole, now_s=now_s, hold_s=hold_s)

    def _put(self, entry: str, version: Version | None, held_until_s: float) -> None:
        before = self.entries.pop(entry, None)
        if before is not None:
            _decrement(self._present, before[0])
        if version is None:
            if before is not None:
                self._held_until[entry] = held_until_s
        else:
            self.entries[entry] = version
            self._present[version[0]] += 1
            self._held_until.pop(entry, None)
        self._changed.add(entry)

    def flush(self, now_s: float) -> tuple[Listing, Listing]:
        """Joins and leaves since the last flush. The leave of a person's last entry waits for the end of its hold."""
        joins: Listing = {}
        leaves: Listing = {}
        for entry in list(self._changed):
            old, new = self.shown.get(entry), self.entries.get(entry)
            if new is None and old is not None and self._is_held(entry, old[0], now_s):
                continue
            self._changed.discard(entry)
            self._held_until.pop(entry, None)
            if old == new:
                continue
            if old is not None:
                self._hide(entry)
                _append(leaves, old[0], old[1])
            if new is not None:
                self._show(entry, new)
                _append(joins, new[0], new[1] | {"phx_ref_prev": old[1]["phx_ref"]} if old else new[1])
        return joins, leaves

    def _show(self, entry: str, version: Version) -> None:
        key, meta = self.shown[entry] = version
        self._people.setdefault(key, {})[entry] = meta
        if _is_active(meta):
            self._active[key] += 1

    def _hide(self, entry: str) -> None:
        key, meta = self.shown.pop(entry)
        del self._people[key][entry]
        if not self._people[key]:
            del self._people[key]
        if _is_active(meta):
            _decrement(self._active, key)

    def _is_held(self, entry: str, key: str, now_s: float) -> bool:
        # With another entry the person is still here, so the closed tab is sent at once.
        return not self._present[key] and self._held_until.get(entry, 0.0) > now_s

    def next_due_s(self) -> float | None:
        """The instant at which the earliest held leave is due; None without one."""
        held = [self._held_until[entry] for entry in self._changed if entry in self._held_until]
        return min(held, default=None)

    def listing(self, keys: Iterable[str] | None = None) -> Listing:
        """The shown people, or only those in `keys`; at most 8 metas each."""
        wanted = self._people if keys is None else [key for key in keys if key in self._people]
        return {key: {"metas": list(self._people[key].values())[:MAX_METAS_PER_PERSON]} for key in wanted}

    def active(self) -> int:
        """The number of people who practice in any tab."""
        return len(self._active)

    def counts(self, *, without: frozenset[int] = frozenset()) -> Headcounts:
        """The counts of the listing that a reader sees who does not see `without`."""
        hidden = [str(user_id) for user_id in without]
        people = self.people - sum(key in self._people for key in hidden)
        active = self.active() - sum(key in self._active for key in hidden)
        return Headcounts(public_count(people), public_count(active))


def _is_active(meta: Meta) -> bool:
    return bool(meta.get("current_activity"))


def _decrement(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]


def _append(listing: Listing, key: str, meta: Meta) -> None:
    listing.setdefault(key, {"metas": []})["metas"].append(meta)
