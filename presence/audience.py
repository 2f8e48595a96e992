"""The people of one topic in the eyes of this process: told to its viewers in diffs that cost the same at any size."""

import asyncio
from typing import TYPE_CHECKING

from presence import protocol, rules
from presence.hub import LocalTopic
from presence.tracker.contract import Update
from presence.tracker.roster import Listing, Roster
from presence.transports import Outlet, Packed

if TYPE_CHECKING:
    from presence.channel import Channel
    from presence.node import Node
    from presence.room import Room

LEAD_S = 0.005  # the first change after a quiet time waits only for those of the same moment
STATS_S = 1.0


class Audience:
    """Cost  a change is one entry in a dictionary; a tick is one diff encoded once, whatever the number of viewers.

    Above 150 people viewers get counts, themselves and their friends: a person who comes costs a frame to each
    friend who is here, and a count to everybody at the next tick.
    """

    def __init__(self, topic: str, room: "type[Room]", node: "Node", local: LocalTopic) -> None:
        self.topic = topic
        self.room = room
        self.node = node
        self.local = local
        self.roster = Roster()
        self.is_big = room.friends_only
        self.viewers: dict[Channel, Outlet] = {}
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._stats_timer: asyncio.TimerHandle | None = None
        self._flushed_at_s = self._told_at_s = float("-inf")
        self._watchers: dict[str, set[Channel]] = {}
        self._picky: set[Channel] = set()  # viewers from whom somebody is hidden

    # -- Viewers -----------------------------------------------------------------------------------------
    def add(self, viewer: "Channel", outlet: Outlet) -> None:
        """The viewer gets the listing now and every diff from here on."""
        self.viewers[viewer] = outlet
        if viewer.hidden:
            self._picky.add(viewer)
        if self.is_big:
            self._watch(viewer)
        self.show(viewer)

    def remove(self, viewer: "Channel") -> None:
        if self.viewers.pop(viewer, None) is not None:
            self._picky.discard(viewer)
            for key in _watched_by(viewer):
                if watchers := self._watchers.get(key):
                    watchers.discard(viewer)
                    if not watchers:
                        del self._watchers[key]

    def show(self, viewer: "Channel") -> None:
        """All the viewer may see, as often as wanted: the client takes it as a resync."""
        viewer.push("presence_state", self.listing_for(viewer))

    def listing_for(self, viewer: "Channel") -> Listing:
        is_cut = self.is_big or self._is_big(self.roster.known)  # in a storm the next diff is cut
        listing = self.roster.listing(_watched_by(viewer)) if is_cut else self.roster.listing()
        return _without(listing, viewer.hidden)

    def friends_here(self, viewer: "Channel") -> Listing:
        return _without(self.roster.listing(str(friend) for friend in viewer.friends), viewer.hidden)

    def _watch(self, viewer: "Channel") -> None:
        for key in _watched_by(viewer):
            self._watchers.setdefault(key, set()).add(viewer)

    # -- Changes -----------------------------------------------------------------------------------------
    def hear(self, update: Update) -> None:
        take = self.roster.replace if update.whole else self.roster.apply
        take(update.changes, now_s=self._loop.time(), hold_s=update.hold_s)
        self._schedule()

    def _schedule(self, due_s: float | None = None) -> None:
        now_s = self._loop.time()
        soonest = max(now_s + LEAD_S, self._flushed_at_s + rules.tick_s(self.roster.people), due_s or 0.0)
        if self._timer is not None:
            if self._timer.when() <= soonest:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(soonest, self._flush)

    def _flush(self) -> None:
        self._timer = None
        self._flushed_at_s = now_s = self._loop.time()
        joins, leaves = self.roster.flush(now_s)
        due_s = self.roster.next_due_s()
        if due_s is not None:
            self._schedule(due_s)
        if joins or leaves:
            self._tell(joins, leaves)
            self._schedule_stats()

    def _tell(self, joins: Listing, leaves: Listing) -> None:
        is_big = self._is_big(self.roster.people)
        if is_big != self.is_big:
            self._change_mode(is_big=is_big)
        elif is_big:
            self._tell_watchers(joins, leaves)
        else:
            self._tell_everybody(joins, leaves)

    def _change_mode(self, *, is_big: bool) -> None:
        """Viewers take a whole listing, cut to who they may follow from now on, or no longer cut."""
        self.is_big = is_big
        self._watchers.clear()
        for viewer in list(self.viewers):
            if is_big:
                self._watch(viewer)
            self.show(viewer)

    def _tell_everybody(self, joins: Listing, leaves: Listing) -> None:
        diff = Packed(protocol.broadcast(self.topic, "presence_diff", {"joins": joins, "leaves": leaves}))
        picky = {viewer for viewer in self._picky if any(int(key) in viewer.hidden for key in (*joins, *leaves))}
        for viewer in picky:
            self._tell_one(viewer, joins, leaves)
        self.node.hub.send(self.viewers, diff, without=picky)

    def _tell_watchers(self, joins: Listing, leaves: Listing) -> None:
        concerned: dict[Channel, set[str]] = {}
        for key in {*joins, *leaves}:
            for viewer in self._watchers.get(key, ()):
                concerned.setdefault(viewer, set()).add(key)
        for viewer, keys in concerned.items():
            self._tell_one(viewer, _only(joins, keys), _only(leaves, keys))

    @staticmethod
    def _tell_one(viewer: "Channel", joins: Listing, leaves: Listing) -> None:
        joins, leaves = _without(joins, viewer.hidden), _without(leaves, viewer.hidden)
        if joins or leaves:
            viewer.push("presence_diff", {"joins": joins, "leaves": leaves})

    # -- What concerns everybody -------------------------------------------------------------------------
    def _schedule_stats(self) -> None:
        if self._stats_timer is None:
            pause_s = max(STATS_S, rules.tick_s(self.roster.people))
            due_s = max(self._loop.time() + LEAD_S, self._told_at_s + pause_s)
            self._stats_timer = self._loop.call_at(due_s, self._begin_stats)

    def _begin_stats(self) -> None:
        self._stats_timer = None
        self._told_at_s = self._loop.time()
        self._stats = self._loop.create_task(self.room.presence_changed(self))

    def broadcast(self, event: str, payload: object) -> None:
        """A statistic for every viewer here; a newer one replaces it for a slow reader."""
        self.node.hub.send(self.viewers, Packed(protocol.broadcast(self.topic, event, payload), "latest", event))

    def redraw(self, html: str) -> None:
        """A fragment for every live page of the topic."""
        self.node.hub.send(self.local.pages, Packed(html, "latest", self.topic))

    def settle(self) -> None:
        """What is known becomes what is shown, before anybody looks."""
        self.roster.flush(self._loop.time())
        self.is_big = self._is_big(self.roster.people)

    def _is_big(self, people: int) -> bool:
        return self.room.friends_only or rules.is_big(people, was_big=self.is_big)

    def stop(self) -> None:
        for timer in (self._timer, self._stats_timer):
            if timer is not None:
                timer.cancel()


def _watched_by(viewer: "Channel") -> list[str]:
    return [viewer.key, *map(str, viewer.friends)]


def _without(listing: Listing, hidden: frozenset[int]) -> Listing:
    return {key: value for key, value in listing.items() if int(key) not in hidden} if hidden else listing


def _only(listing: Listing, keys: set[str]) -> Listing:
    return {key: listing[key] for key in keys if key in listing}
