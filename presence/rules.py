"""Limits, headcounts and origins: pure functions and values."""

import random
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

# -- Close codes: after 1012 and 4000 to 4499 a client may reconnect ------------------------------------
GOING_AWAY, BINARY, TOO_BIG, RESTART = 1001, 1003, 1009, 1012
TRY_LATER = 1013  # for live pages: htmx reconnects after 1006, 1011, 1012 and 1013 only
FLOOD, SLOW, SILENT, TOO_MANY_ERRORS = 4429, 4008, 4002, 4400

# -- Limits (docs/realtime.md) --------------------------------------------------------------------------
MAX_FRAME_CHARACTERS = 64 * 1024
SOCKETS_PER_USER = 5  # in one process
TOPICS_PER_SOCKET = 100
MAX_METAS_PER_PERSON = 8
SILENCE_S = 60.0
MAX_LIFE_S, LIFE_SPREAD_S = 12 * 3600.0, 3600.0  # sockets opened together end up to an hour apart
CLOSING_S = 5.0  # a client that has not taken the close frame by then is disconnected
BURST, BURST_S = 10, 10.0
PER_MINUTE, MINUTE_S = 100, 60.0
HANDSHAKES = 60  # a minute; each page view is one
JOINS, JOINS_S = 120, 10.0  # a reconnect joins every topic again at once, so joins have their own window
REFUSALS_BEFORE_CLOSE = 100
BAD_FRAMES_BEFORE_CLOSE = 20

# -- Slow readers ---------------------------------------------------------------------------------------
CONGESTED = 64 * 1024  # bytes waiting: `drop` messages are skipped and `latest` ones wait
FULL = 1024 * 1024  # bytes waiting: the client is disconnected
MAX_QUEUED_MESSAGES = 256  # frames, where the server hides its buffer
CONGESTED_S = 8.0  # with a sweep each second, a slow client is disconnected within 10 s

# -- Big rooms ------------------------------------------------------------------------------------------
BIG_ROOM, SMALL_AGAIN = 150, 120
MIN_COUNTED = 3
ELSEWHERE = "elsewhere"  # in a meta: the page that holds this entry is not a page of practice
SITE_TOPIC = "site:learners"  # the topic that every open page of a learner joins
MIN_TICK_S, MAX_TICK_S = 0.2, 3.0


def tick_s(people: int) -> float:
    """Seconds between two presence diffs of one room; they grow with the room to bound its cost per second."""
    return min(MAX_TICK_S, max(MIN_TICK_S, people / 500))


def is_big(people: int, *, was_big: bool) -> bool:
    """Whether a room shows counts instead of names: above 150 people, until 120 or fewer are left."""
    return people > (SMALL_AGAIN if was_big else BIG_ROOM)


@dataclass(frozen=True, slots=True)
class PublicCount:
    """A count of people that does not single out one or two: then the number is None and the label "a few"."""

    number: int | None
    label: str

    @property
    def is_any(self) -> bool:
        return self.number != 0


def public_count(people: int) -> PublicCount:
    return PublicCount(None if 0 < people < MIN_COUNTED else people, headcount(people))


def headcount(people: int) -> str:
    """A public count that does not single out one or two people."""
    if people == 0:
        return "nobody yet"
    return "a few" if people < MIN_COUNTED else f"{people:,}"


class Headcounts(NamedTuple):
    """The people of one topic at one moment, the reader included."""

    people: PublicCount
    active: PublicCount  # who practice


def activity_for(skill: str | None) -> str | None:
    """The `current_activity` shown for a skill, such as `practicing_algebra`."""
    return None if skill is None else f"practicing_{skill}"


def is_same_origin(origin: str, *, allowed: Collection[str], host: str, trusts_host: bool) -> bool:
    """Whether scheme, host and port all match; a missing or `null` origin never does.

    `trusts_host` (development on loopback) also accepts the address that the request was sent to.
    """
    if origin in allowed:
        return True
    return trusts_host and bool(host) and origin == f"http://{host}"


def life_s() -> float:
    """Seconds a socket may live, with jitter so that sockets opened together do not end together."""
    return MAX_LIFE_S - random.uniform(0, LIFE_SPREAD_S)  # noqa: S311  (jitter, not a secret)


class Window:
    """A fixed-window rate limit: at most `limit` uses in `length_s` seconds."""

    __slots__ = ("_used", "length_s", "limit", "started_s")

    def __init__(self, limit: int, length_s: float) -> None:
        self.limit = limit
        self.length_s = length_s
        self.started_s = float("-inf")
        self._used = 0

    def is_over(self, now_s: float) -> bool:
        return now_s - self.started_s >= self.length_s

    def allows(self, now_s: float) -> bool:
        """Count one use at monotonic `now_s`; False once the window is used up."""
        if self.is_over(now_s):
            self.started_s, self._used = now_s, 0
        self._used += 1
        return self._used <= self.limit
