"""The presence of one topic as this process shows it: viewers get a listing, then diffs of constant cost."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import chain
from typing import Protocol, TypeVar

from presence import rules
from presence.background import log_failure
from presence.db import SharedReads
from presence.rules import Headcounts
from presence.tracker.base import TopicUpdate
from presence.tracker.roster import Listing, Roster
from presence.transport import protocol
from presence.transport.hub import Hub
from presence.transport.local_topic import LocalTopic, Subscriber
from presence.transport.outlets import Outlet, PreparedMessage

LEAD_S = 0.005  # the first change after a quiet time waits only for changes of the same moment
STATS_S = 1.0
S = TypeVar("S", bound=Subscriber)


class Observer(Subscriber, Protocol):
    """A subscriber that is shown who is here."""

    @property
    def key(self) -> str:
        """The observer's own key in the listing: the user id."""

    @property
    def friends(self) -> frozenset[int]: ...

    def push(self, event: str, payload: object) -> None: ...


class PresencePolicy(Protocol):
    """The presence settings of a kind of room; `Room` classes satisfy it."""

    @property
    def friends_only(self) -> bool: ...

    async def presence_changed(self, presence: "TopicPresence", /) -> None: ...


class TopicPresence:
    """Sends who is in one topic to its observers in this process.

    Cost  a change is one entry in a dictionary; a tick is one diff encoded once, whatever the number of observers.

    Above 150 people observers get counts, themselves and their friends: an arrival costs one frame to each friend who
    is here, and a count to everyone at the next tick.
    """

    def __init__(self, topic: str, policy: PresencePolicy, hub: Hub, reads: SharedReads, local: LocalTopic) -> None:
        self.topic = topic
        self.reads = reads
        self.local = local
        self.roster = Roster()
        self.is_big = policy.friends_only
        self.observers: dict[Observer, Outlet] = {}
        self._policy = policy
        self._hub = hub
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._stats_timer: asyncio.TimerHandle | None = None
        self._flushed_at_s = self._stats_at_s = float("-inf")
        self._followers: dict[str, set[Observer]] = {}  # key -> observers who are sent this person's changes
        self._with_blocks: set[Observer] = set()

    @property
    def is_used(self) -> bool:
        return bool(self.observers or self.local.pages)

    @property
    def has_pages(self) -> bool:
        return bool(self.local.pages)

    # -- Observers ---------------------------------------------------------------------------------------
    def add(self, observer: Observer, outlet: Outlet) -> None:
        """Send the observer the listing now, and every diff from here on."""
        self.observers[observer] = outlet
        if observer.hidden:
            self._with_blocks.add(observer)
        if self.is_big:
            self._follow(observer)
        self.show(observer)

    def remove(self, observer: Observer) -> None:
        if self.observers.pop(observer, None) is not None:
            self._with_blocks.discard(observer)
            for key in _followed_by(observer):
                if followers := self._followers.get(key):
                    followers.discard(observer)
                    if not followers:
                        del self._followers[key]

    def show(self, observer: Observer) -> None:
        """Send the whole listing, which the client takes as a resync at any time."""
        observer.push("presence_state", self.listing_for(observer))

    def listing_for(self, observer: Observer) -> Listing:
        is_cut = self.is_big or self._is_big(self.roster.known)  # in a join storm the next diff will be cut
        listing = self.roster.listing(_followed_by(observer)) if is_cut else self.roster.listing()
        return _without(listing, observer.hidden)

    def friends_here(self, observer: Observer) -> Listing:
        return _without(self.roster.listing(str(friend) for friend in observer.friends), observer.hidden)

    def _follow(self, observer: Observer) -> None:
        for key in _followed_by(observer):
            self._followers.setdefault(key, set()).add(observer)

    # -- Changes -----------------------------------------------------------------------------------------
    def apply(self, update: TopicUpdate) -> None:
        """Take changes of the tracker; the next tick sends them."""
        change = self.roster.replace if update.whole else self.roster.apply
        change(update.changes, now_s=self._loop.time(), hold_s=update.hold_s)
        self._schedule()

    def _schedule(self, due_s: float | None = None) -> None:
        now_s = self._loop.time()
        soonest = max(now_s + LEAD_S, self._flushed_at_s + rules.tick_s(self.roster.people), due_s or 0.0)
        if self._timer is not None:
            if self._timer.when() <= soonest:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(soonest, self._tick)

    def _tick(self) -> None:
        self._timer = None
        if self.local.is_guarded:
            self._hub.enqueue(self.local, self._flush_in_turn)
        else:
            self._flush()

    async def _flush_in_turn(self) -> None:
        self._flush()

    def _flush(self) -> None:
        self._flushed_at_s = now_s = self._loop.time()
        joins, leaves = self.roster.flush(now_s)
        due_s = self.roster.next_due_s()
        if due_s is not None:
            self._schedule(due_s)
        if joins or leaves:
            self._send_diff(joins, leaves)
            self._schedule_stats()

    def _send_diff(self, joins: Listing, leaves: Listing) -> None:
        is_big = self._is_big(self.roster.people)
        if is_big != self.is_big:
            self._change_mode(is_big=is_big)
        elif is_big:
            self._send_to_followers(joins, leaves)
        else:
            self._send_to_everyone(joins, leaves)

    def _change_mode(self, *, is_big: bool) -> None:
        """Send every observer a new listing: in a big room cut to the people they follow."""
        self.is_big = is_big
        self._followers.clear()
        for observer in list(self.observers):
            if is_big:
                self._follow(observer)
            self.show(observer)

    def _send_to_everyone(self, joins: Listing, leaves: Listing) -> None:
        diff = PreparedMessage(protocol.broadcast(self.topic, "presence_diff", {"joins": joins, "leaves": leaves}))
        blocking = {one for one in self._with_blocks if any(int(key) in one.hidden for key in (*joins, *leaves))}
        for observer in blocking:
            self._send_to_one(observer, joins, leaves)
        self._hub.send(self.observers, diff, without=blocking)

    def _send_to_followers(self, joins: Listing, leaves: Listing) -> None:
        concerned: dict[Observer, set[str]] = {}
        for key in {*joins, *leaves}:
            for observer in self._followers.get(key, ()):
                concerned.setdefault(observer, set()).add(key)
        for observer, keys in concerned.items():
            self._send_to_one(observer, _only(joins, keys), _only(leaves, keys))

    @staticmethod
    def _send_to_one(observer: Observer, joins: Listing, leaves: Listing) -> None:
        joins, leaves = _without(joins, observer.hidden), _without(leaves, observer.hidden)
        if joins or leaves:
            observer.push("presence_diff", {"joins": joins, "leaves": leaves})

    # -- Statistics --------------------------------------------------------------------------------------
    def _schedule_stats(self) -> None:
        if self._stats_timer is None:
            pause_s = max(STATS_S, rules.tick_s(self.roster.people))
            due_s = max(self._loop.time() + LEAD_S, self._stats_at_s + pause_s)
            self._stats_timer = self._loop.call_at(due_s, self._begin_stats)

    def _begin_stats(self) -> None:
        self._stats_timer = None
        self._stats_at_s = self._loop.time()
        if self.local.is_guarded:
            self._hub.enqueue(self.local, self._change_in_turn)
        else:
            self._stats = self._loop.create_task(self._policy.presence_changed(self))
            self._stats.add_done_callback(log_failure)

    async def _change_in_turn(self) -> None:
        await self._policy.presence_changed(self)

    def broadcast(self, event: str, payload_of: Callable[[Headcounts], object]) -> None:
        """Send a statistic to every observer in this process; for a slow reader a newer one replaces it.

        Readers who do not see some of the people here get counts without them, drawn once for all who miss the same.
        """
        apart = self._apart(self._with_blocks)
        for unseen, some in apart.items():
            text = protocol.broadcast(self.topic, event, payload_of(self.roster.counts(without=unseen)))
            self._hub.send({one: self.observers[one] for one in some}, PreparedMessage(text, "latest", event))
        text = protocol.broadcast(self.topic, event, payload_of(self.roster.counts()))
        self._hub.send(self.observers, PreparedMessage(text, "latest", event), without={*chain(*apart.values())})

    def redraw_counts(self, draw: Callable[[Headcounts], str]) -> None:
        """Send a fragment with the counts to every live page of the topic in this process, as `broadcast` does."""
        apart = self._apart(self.local.with_blocks & self.local.pages.keys())
        for unseen, some in apart.items():
            self._redraw_for({one: self.local.pages[one] for one in some}, draw(self.roster.counts(without=unseen)))
        self._redraw_for(self.local.pages, draw(self.roster.counts()), without={*chain(*apart.values())})

    def _apart(self, readers: Iterable[S]) -> dict[frozenset[int], list[S]]:
        """Readers with blocks by the people here whom they do not see; those who see everybody are in no group."""
        groups: defaultdict[frozenset[int], list[S]] = defaultdict(list)
        for reader in readers:
            unseen = frozenset(user_id for user_id in reader.unseen if self.roster.shows(str(user_id)))
            if unseen:
                groups[unseen].append(reader)
        return groups

    def _redraw_for(self, pages: Mapping[Subscriber, Outlet], html: str, without: Collection[Subscriber] = ()) -> None:
        self._hub.send(pages, PreparedMessage(html, "latest", self.topic), without=without)

    def settle(self) -> None:
        """Show everything that is known, before the first observer is added."""
        self.roster.flush(self._loop.time())
        self.is_big = self._is_big(self.roster.people)

    def _is_big(self, people: int) -> bool:
        return self._policy.friends_only or rules.is_big(people, was_big=self.is_big)

    def cancel_timers(self) -> None:
        for timer in (self._timer, self._stats_timer):
            if timer is not None:
                timer.cancel()


def _followed_by(observer: Observer) -> list[str]:
    return [observer.key, *map(str, observer.friends)]


def _without(listing: Listing, hidden: frozenset[int]) -> Listing:
    return {key: value for key, value in listing.items() if int(key) not in hidden} if hidden else listing


def _only(listing: Listing, keys: set[str]) -> Listing:
    return {key: listing[key] for key in keys if key in listing}
