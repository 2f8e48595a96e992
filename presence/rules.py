"""Limits, headcounts and origins, as pure functions and values."""

import random
from collections.abc import Collection

# -- Close codes: 1012 and 4000 to 4499 ask the client to come back, 4500 and above to stay away --------
GOING_AWAY, BINARY, TOO_BIG, RESTART = 1001, 1003, 1009, 1012
TRY_LATER = 1013  # to live pages: htmx comes back after 1006, 1011, 1012 and 1013 alone
FLOOD, SLOW, SILENT, TOO_MANY_ERRORS = 4429, 4008, 4002, 4400

# -- Limits (SAFETY.md 4) -------------------------------------------------------------------------------
LARGEST_FRAME = 64 * 1024  # bytes
SOCKETS_PER_USER = 5  # in one process
TOPICS_PER_SOCKET = 100
METAS_PER_PERSON = 8
SILENCE_S = 60.0
LIFE_S, LIFE_SPREAD_S = 12 * 3600.0, 3600.0  # the oldest socket, and how far apart those of one moment end
CLOSING_S = 5.0  # a client that has not read its way to our close by then is cut
BURST, BURST_S = 10, 10.0
PER_MINUTE, MINUTE_S = 100, 60.0
HANDSHAKES = 60  # a minute: each page that is opened is one
JOINS, JOINS_S = 120, 10.0  # a reconnect re-joins every topic at once, so joins have a window of their own
REFUSALS_BEFORE_CLOSE = 100
BAD_FRAMES_BEFORE_CLOSE = 20

# -- Slow readers ---------------------------------------------------------------------------------------
CONGESTED = 64 * 1024  # bytes waiting: `drop` is skipped and `latest` waits
FULL = 1024 * 1024  # bytes waiting: the socket is cut
LONGEST_QUEUE = 256  # frames, where the server hides its buffer
CONGESTED_S = 8.0  # so that a sweep each second cuts within 10 s

# -- Big rooms ------------------------------------------------------------------------------------------
BIG_ROOM, SMALL_AGAIN = 150, 120
FEWEST_COUNTED = 3
SITE = "site:learners"  # the topic of every page a learner has open
QUICKEST_TICK_S, SLOWEST_TICK_S = 0.2, 3.0


def tick_s(people: int) -> float:
    """Seconds between two presence diffs of one room: stretched with its size, so that the cost per second is not."""
    return min(SLOWEST_TICK_S, max(QUICKEST_TICK_S, people / 500))


def is_big(people: int, *, was_big: bool) -> bool:
    """Above 150 people a room shows counts instead of names, until it is clearly smaller again."""
    return people > (SMALL_AGAIN if was_big else BIG_ROOM)


def headcount(people: int) -> str:
    """A public count: one or two people must not be singled out."""
    if people == 0:
        return "nobody yet"
    return "a few" if people < FEWEST_COUNTED else f"{people:,}"


def is_same_origin(origin: str, *, allowed: Collection[str], host: str, trusts_host: bool) -> bool:
    """Scheme, host and port must all agree; a missing or `null` origin never does.

    `trusts_host` (development on loopback) also accepts the very address the request was made to.
    """
    if origin in allowed:
        return True
    return trusts_host and bool(host) and origin == f"http://{host}"


def life_s() -> float:
    """How long a socket lives: those that came together do not go together."""
    return LIFE_S - random.uniform(0, LIFE_SPREAD_S)  # noqa: S311  (jitter, no secret)


class Window:
    """A fixed window of uses: at most `limit` in `length_s` seconds."""

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
