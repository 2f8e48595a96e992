"""The meaning of measurements, without a clock and without a database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from monitoring.rules import DAY_S, EVERY_S, MAX_CLOCK_SKEW_S, AgentHealth

WINDOW_S = 300  # decisions are judged over the last five minutes
SHOWN = 1_000  # checks in the page's window: 8 h 20 min
RAW_FOR_S = DAY_S  # after that a check becomes part of its hour's mean
KEPT_FOR_S = 90 * DAY_S
LATE_S = 90.0  # three checks missed

MIN_DECISIONS = 20  # fewer decisions are no basis for a judgment
MIN_DEGRADED_S = 60.0  # from the first to the last one: a burst of load is over sooner
MAX_DEGRADED_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class DecisionStats:
    """One agent's decisions in the window. The latency is the mean over the decisions that were timed."""

    decisions: int = 0
    degraded: int = 0
    latency_avg_ms: float | None = None
    timed: int = 0
    degraded_s: float = 0.0  # from the first to the last degraded decision


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The duration of a probe, or the kind of error it raised."""

    took_ms: float | None
    error: str = ""


def judge(stats: DecisionStats, probe: ProbeResult, budget_ms: float) -> AgentHealth:
    """Return the one state that the page, alerts and metrics report; a failing agent is not also reported as slow.

    Decisions make an agent fail by their number and by the time over which they were degraded: load alone degrades some
    of a few, and a burst many within seconds. An agent without decisions is healthy while it answers its probe, however
    long that takes on a busy machine.
    """
    if probe.error:
        return AgentHealth("failing", f"It does not answer its probe: {probe.error}.")
    is_lasting = stats.decisions >= MIN_DECISIONS and stats.degraded_s >= MIN_DEGRADED_S
    if is_lasting and stats.degraded / stats.decisions > MAX_DEGRADED_SHARE:
        reason = f"{stats.degraded} of its last {stats.decisions} decisions failed or were degraded."
        return AgentHealth("failing", reason)
    if stats.timed >= MIN_DECISIONS and (taken := stats.latency_avg_ms or 0.0) > budget_ms:
        return AgentHealth("slow", f"{taken:.0f} ms on average; its budget is {budget_ms:.0f} ms.")
    return AgentHealth("ok" if stats.decisions else "idle")


def slot_of(at: datetime) -> datetime:
    """The start of the 30 seconds that contain this instant."""
    return datetime.fromtimestamp(at.timestamp() // EVERY_S * EVERY_S, tz=at.tzinfo)


def freshness(age_s: float | None) -> str:
    """none | fresh | late | ahead, by the age of the newest check."""
    if age_s is None:
        return "none"
    if age_s < -MAX_CLOCK_SKEW_S:
        return "ahead"
    return "late" if age_s > LATE_S else "fresh"


N = TypeVar("N", int, float)


def mean(values: Sequence[float | None]) -> float | None:
    """The mean of the known values; None when there is none."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def highest(values: Sequence[N | None]) -> N | None:
    return max((value for value in values if value is not None), default=None)


# -- Memory ------------------------------------------------------------------------------------------------
def machine_memory_share(meminfo: str) -> float | None:
    """The used share of a machine's memory, from the text of /proc/meminfo; None without the two numbers."""
    rows = (line.partition(":") for line in meminfo.splitlines())
    kib = {name: number.split()[0] for name, _, number in rows if number.split()}
    total, free = kib.get("MemTotal", "0"), kib.get("MemAvailable", "")
    return 1 - int(free) / int(total) if free.isdecimal() and total.isdecimal() and int(total) else None


def cgroup_memory_share(limit: str, used: str, stat: str) -> float | None:
    """The used share of a container's memory limit; None without a limit.

    Files that the kernel may forget at any time (inactive_file) are not counted as used.
    """
    if not limit.strip().isdecimal() or not used.strip().isdecimal() or not int(limit):
        return None
    rows = dict(line.split(maxsplit=1) for line in stat.splitlines() if " " in line)
    forgettable = rows.get("inactive_file", "0").strip()
    return max(int(used) - int(forgettable if forgettable.isdecimal() else 0), 0) / int(limit)


# -- Descriptors -------------------------------------------------------------------------------------------
def descriptors_share(count: int, limits: str) -> float | None:
    """The used share of a process's descriptors, from the text of /proc/<pid>/limits; None without a limit."""
    line = next((line for line in limits.splitlines() if line.startswith("Max open files")), "")
    soft = line.removeprefix("Max open files").split()
    return count / int(soft[0]) if soft and soft[0].isdecimal() and int(soft[0]) else None
