"""What a measurement means, without a clock and without a database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

EVERY_S, HOUR_S = 30, 3600
WINDOW_S = 300  # decisions are judged over the last five minutes
SHOWN = 1_000  # checks in the page's window: 8 h 20 min
RAW_FOR_S = 24 * 3600  # then a check becomes part of its hour's mean
KEPT_FOR_S = 90 * 24 * 3600
LATE_S = 90.0  # three checks missed
BACK_S = 60.0  # a newest check this far ahead of the clock: the clock was set back

FEWEST_DECISIONS = 5  # fewer say nothing about an agent
DEGRADED_SHARE = 0.2
BUDGET_MS = 150.0  # end to end, SPEC 7.1


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests the site answered, and those of them it answered with 500 or above."""

    count: int
    errors: int

    def __add__(self, other: "Requests") -> "Requests":
        return Requests(self.count + other.count, self.errors + other.errors)

    @property
    def error_rate(self) -> float:
        return self.errors / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class Work:
    """One agent's decisions in the window; their latency is the mean of those that were timed."""

    decisions: int = 0
    degraded: int = 0
    latency_avg_ms: float | None = None
    timed: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a synthetic probe: how long it took, or the kind of the error."""

    took_ms: float | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    state: str  # ok | idle | slow | failing
    reason: str = ""


def judge(work: Work, answer: Answer, budget_ms: float) -> Verdict:
    """The one verdict that the page, alerts and metrics tell; a failing agent is not called slow as well.

    An agent nobody asks is healthy as long as it answers its probe, however long that takes on a busy machine.
    """
    if answer.error:
        return Verdict("failing", f"It does not answer its probe: {answer.error}.")
    if work.decisions >= FEWEST_DECISIONS and work.degraded / work.decisions > DEGRADED_SHARE:
        return Verdict("failing", f"{work.degraded} of its last {work.decisions} decisions failed or were degraded.")
    if work.timed >= FEWEST_DECISIONS and (taken := work.latency_avg_ms or 0.0) > budget_ms:
        return Verdict("slow", f"{taken:.0f} ms on average; it may take {budget_ms:.0f} ms.")
    return Verdict("ok" if work.decisions else "idle")


def slot_of(at: datetime) -> datetime:
    """Where the 30 seconds begin that this instant is in."""
    return datetime.fromtimestamp(at.timestamp() // EVERY_S * EVERY_S, tz=at.tzinfo)


def freshness(age_s: float | None) -> str:
    """none | fresh | late | ahead: what the age of the newest check says."""
    if age_s is None:
        return "none"
    if age_s < -BACK_S:
        return "ahead"
    return "late" if age_s > LATE_S else "fresh"


N = TypeVar("N", int, float)


def mean(values: Sequence[float | None]) -> float | None:
    """Of what is known; None when nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def highest(values: Sequence[N | None]) -> N | None:
    return max((value for value in values if value is not None), default=None)
