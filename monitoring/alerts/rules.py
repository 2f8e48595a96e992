"""When to wake somebody, without a clock and without a database.

A finding says for one key that it is so, that it is not, or, with None, that it could not be told: then an open alert
stays as it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from monitoring.health.rules import BACK_S, BUDGET_MS, Requests, Verdict

CRITICAL, WARNING = "critical", "warning"
CLEAR_TICKS = 2  # checks in a row that find it right before an alert ends
ERROR_RATE = 0.01
ERROR_WINDOW_S = 300
FEWEST_REQUESTS, FEWEST_ERRORS = 20, 5  # one error in a quiet night wakes nobody
QUEUE_DEPTH = 500  # tasks at the broker, or deliveries past their first minute
MISSING_S = 120.0  # no check for this long: worker, beat or broker is down

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 24 * 3600


@dataclass(frozen=True, slots=True)
class Burn:
    """One row of the table in the SRE Workbook, chapter 5: both windows must burn this many times the budget."""

    severity: str
    long_s: int
    short_s: int
    rate: float


ALLOWED = 0.001  # the objective: 99.9% of requests in 30 days
BURNS = (
    Burn(CRITICAL, HOUR_S, 5 * MINUTE_S, 14.4),
    Burn(CRITICAL, 6 * HOUR_S, 30 * MINUTE_S, 6),
    Burn(WARNING, DAY_S, 2 * HOUR_S, 3),
    Burn(WARNING, 3 * DAY_S, 6 * HOUR_S, 1),
)
WINDOWS_S = sorted({ERROR_WINDOW_S, *(one for burn in BURNS for one in (burn.long_s, burn.short_s))})


@dataclass(frozen=True, slots=True)
class Finding:
    key: str
    severity: str
    title: str
    is_so: bool | None
    told: str = ""
    value: float | None = None
    limit: float | None = None


def tells(requests: Requests) -> bool:
    return requests.count >= FEWEST_REQUESTS and requests.errors >= FEWEST_ERRORS


def error_rate(requests: Requests) -> Finding:
    rate = requests.error_rate
    told = f"{requests.errors} of {requests.count} requests in five minutes failed ({rate:.1%})."
    is_so = tells(requests) and rate > ERROR_RATE
    return Finding("error_rate", CRITICAL, "Too many requests fail", is_so, told, rate, ERROR_RATE)


def burn_rates(windows: Mapping[int, Requests]) -> list[Finding]:
    """One finding a severity: the fastest pair of windows that burns is told."""
    return [
        _burning(severity, [one for one in BURNS if one.severity == severity], windows)
        for severity in (CRITICAL, WARNING)
    ]


def _burning(severity: str, burns: list[Burn], windows: Mapping[int, Requests]) -> Finding:
    key = f"burn:{severity}"
    title = "The error budget is burning" if severity == CRITICAL else "The error budget is melting away"
    for burn in burns:
        long, short = windows[burn.long_s], windows[burn.short_s]
        limit = burn.rate * ALLOWED
        if tells(long) and tells(short) and min(long.error_rate, short.error_rate) > limit:
            pace = long.error_rate / ALLOWED
            told = f"At {pace:.1f} times the pace that 99.9% allows, over {spoken(burn.long_s)}."
            return Finding(key, severity, title, is_so=True, told=told, value=pace, limit=burn.rate)
    return Finding(key, severity, title, is_so=False)


def spoken(seconds: int) -> str:
    sizes = (("day", DAY_S), ("hour", HOUR_S), ("minute", MINUTE_S))
    unit, size = next((one for one in sizes if seconds >= one[1]), ("second", 1))
    count = seconds // size
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def slow(name: str, title: str, verdict: Verdict, latency_ms: float | None, budget_ms: float = BUDGET_MS) -> Finding:
    """Whether an agent that fails is also slow could not be told."""
    is_so = None if verdict.state == "failing" else verdict.state == "slow"
    return Finding(f"latency:{name}", WARNING, f"{title} decides slowly", is_so, verdict.reason, latency_ms, budget_ms)


def failing(name: str, title: str, verdict: Verdict) -> Finding:
    return Finding(f"agent:{name}", CRITICAL, f"{title} is failing", verdict.state == "failing", verdict.reason)


def queue(depth: int | None, waiting: int) -> Finding:
    """`waiting` are deliveries that should have run at once; the broker's own depth may be out of reach."""
    longest = max(depth or 0, waiting)
    told = f"{'?' if depth is None else depth} tasks wait at the broker, {waiting} deliveries in the outbox."
    is_so = True if longest > QUEUE_DEPTH else None if depth is None else False
    return Finding("queue", WARNING, "Work is piling up", is_so, told, longest, QUEUE_DEPTH)


def parked(count: int) -> Finding:
    told = f"{count} deliveries or notices were given up on."
    return Finding("parked", WARNING, "Deliveries are parked", count > 0, told, count, 0)


def redis(*, is_up: bool | None) -> Finding:
    """None where the site has no Redis: there is nothing to be wrong."""
    return Finding("redis", CRITICAL, "Redis does not answer", is_up is False, "Sockets, limits and jobs need it.")


def worker(silent_s: float, *, watched_s: float, is_redis_up: bool | None) -> Finding:
    """`watched_s` is how long the asker has seen no newer check: for less than two minutes, and it cannot say that
    nobody came. When the newest lies ahead, the clock was set back, and that alone counts. With Redis away no check can
    come: that has an alert of its own."""
    is_ahead = silent_s < -BACK_S
    silent_s = watched_s if is_ahead else silent_s
    is_so = silent_s > MISSING_S
    cannot_tell = is_redis_up is False or (watched_s <= MISSING_S and (is_so or is_ahead))
    known = None if cannot_tell else is_so
    told = f"No health check for {spoken(int(silent_s))}: the worker, beat or the broker is down."
    return Finding("worker", CRITICAL, "No worker answers", known, told, silent_s, MISSING_S)


def guardrail(experiment: str, title: str) -> Finding:
    """An experiment harmed what it must not; it ends when somebody has resumed or stopped it."""
    told = f"{title} is paused and everybody is served the control. Look at its results, then stop or resume it."
    return Finding(f"guardrail:{experiment}", WARNING, "An experiment passed a guardrail", is_so=True, told=told)


def unknown_to(findings: Iterable[Finding], keys: Iterable[str]) -> set[str]:
    """Keys of open alerts that no check finds any more (an agent that is no longer asked, an experiment that goes on):
    nobody else would ever end them."""
    found = {finding.key for finding in findings}
    return {key for key in keys if key.startswith(("agent:", "latency:", "guardrail:")) and key not in found}
