"""The conditions of alerts, without a clock and without a database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from monitoring.rules import DAY_S, HOUR_S, MAX_CLOCK_SKEW_S, MINUTE_S, AgentHealth, Finding, Requests
from viral_engine.formatting import duration_in_words
from viral_engine.kernel.privacy.retention import OldestRow

CRITICAL, WARNING = "critical", "warning"
CLEAR_TICKS = 2  # an alert ends after this many clear checks in a row
ERROR_RATE = 0.01
ERROR_WINDOW_S = 300
MIN_REQUESTS, MIN_ERRORS = 20, 5  # one error in a quiet night pages no one
AI_BUDGET_SHARE = 0.8
MEMORY_SHARE = 0.9  # above it the system may soon kill a process
DISK_SHARE = 0.8
DESCRIPTORS_SHARE = 0.8  # beyond all of them no socket is accepted, and no line is logged
MAX_NAMED = 5  # migrations, classes or tasks in one alert
QUEUE_DEPTH = 500  # tasks at the broker, or deliveries past their first minute
REVIEW_DAYS = 366
MISSING_S = 120.0  # after this long without a check, the worker, beat or the broker is down


@dataclass(frozen=True, slots=True)
class BurnRate:
    """One row of the table in the SRE Workbook, chapter 5: both windows must burn this many times the budget."""

    severity: str
    long_s: int
    short_s: int
    rate: float


ALLOWED = 0.001  # the objective: 99.9% of requests in 30 days
BURN_RATES = (
    BurnRate(CRITICAL, HOUR_S, 5 * MINUTE_S, 14.4),
    BurnRate(CRITICAL, 6 * HOUR_S, 30 * MINUTE_S, 6),
    BurnRate(WARNING, DAY_S, 2 * HOUR_S, 3),
    BurnRate(WARNING, 3 * DAY_S, 6 * HOUR_S, 1),
)
WINDOWS_S = sorted({ERROR_WINDOW_S, *(window for burn in BURN_RATES for window in (burn.long_s, burn.short_s))})


def is_significant(requests: Requests) -> bool:
    """True when there are enough requests and errors to judge the error rate."""
    return requests.count >= MIN_REQUESTS and requests.errors >= MIN_ERRORS


def error_rate(requests: Requests) -> Finding:
    rate = requests.error_rate
    detail = f"{requests.errors} of {requests.count} requests in five minutes failed ({rate:.1%})."
    firing = is_significant(requests) and rate > ERROR_RATE
    return Finding("error_rate", CRITICAL, "Too many requests fail", firing, detail, rate, ERROR_RATE)


def burn_rates(windows: Mapping[int, Requests]) -> list[Finding]:
    """One finding a severity, about the fastest burning pair of windows."""
    return [
        _burning(severity, [burn for burn in BURN_RATES if burn.severity == severity], windows)
        for severity in (CRITICAL, WARNING)
    ]


def _burning(severity: str, burns: list[BurnRate], windows: Mapping[int, Requests]) -> Finding:
    key = f"burn:{severity}"
    title = "The error budget is burning fast" if severity == CRITICAL else "The error budget is burning slowly"
    for burn in burns:
        long, short = windows[burn.long_s], windows[burn.short_s]
        limit = burn.rate * ALLOWED
        if is_significant(long) and is_significant(short) and min(long.error_rate, short.error_rate) > limit:
            pace = long.error_rate / ALLOWED
            detail = (
                f"Errors came at {pace:.1f} times the rate that 99.9% allows, over {duration_in_words(burn.long_s)}."
            )
            return Finding(key, severity, title, firing=True, detail=detail, value=pace, limit=burn.rate)
    return Finding(key, severity, title, firing=False)


def slow(key: str, title: str, health: AgentHealth, latency_ms: float | None, budget_ms: float) -> Finding:
    """Report an agent that decides slowly; the latency of a failing agent is unknown."""
    firing = None if health.state == "failing" else health.state == "slow"
    return Finding(f"latency:{key}", WARNING, f"{title} decides slowly", firing, health.reason, latency_ms, budget_ms)


def failing(key: str, title: str, health: AgentHealth) -> Finding:
    return Finding(f"agent:{key}", CRITICAL, f"{title} is failing", health.state == "failing", health.reason)


def queue(depth: int | None, waiting: int | None) -> Finding:
    """`waiting` is the number of late deliveries; None is what could not be read."""
    longest = max(depth or 0, waiting or 0)
    tasks, late = ("?" if one is None else one for one in (depth, waiting))
    detail = f"{tasks} tasks wait at the broker, {late} deliveries in the outbox."
    firing = True if longest > QUEUE_DEPTH else None if None in (depth, waiting) else False
    return Finding("queue", WARNING, "Work is piling up", firing, detail, longest, QUEUE_DEPTH)


def dead_letters(count: int | None) -> Finding:
    detail = f"{count} deliveries or notifications were dead-lettered after their last try."
    firing = None if count is None else count > 0
    return Finding("parked", WARNING, "There are dead letters", firing, detail, count, 0)


def webhooks(disabled: int | None) -> Finding:
    """`disabled` counts endpoints that failed too often; None where it could not be read."""
    detail = f"{disabled} receivers of webhooks failed too often in a row and hear of nothing now."
    firing = None if disabled is None else disabled > 0
    return Finding("webhooks", WARNING, "A webhook endpoint is disabled", firing, detail, disabled, 0)


def jobs(failing: Sequence[str] | None) -> Finding:
    """`failing` names the tasks whose runs keep failing; None where it could not be read."""
    detail = f"Every run fails: {_named(failing or [])}." if failing else ""
    firing = None if failing is None else bool(failing)
    return Finding("jobs", WARNING, "A periodic job keeps failing", firing, detail, len(failing or []), 0)


def cursors(standing: Sequence[str] | None) -> Finding:
    """`standing` names the logs whose cursor stands still; None where it could not be read."""
    detail = f"Nothing was counted for minutes: {_named(standing or [])}." if standing else ""
    firing = None if standing is None else bool(standing)
    return Finding("cursors", WARNING, "Counting stands still", firing, detail, len(standing or []), 0)


def set_aside(count: int | None) -> Finding:
    detail = f"{count} log row{' is' if count == 1 else 's are'} in no count: each failed when it was counted."
    firing = None if count is None else count > 0
    return Finding("set_aside", WARNING, "Log rows were set aside", firing, detail, count, 0)


def redis(*, is_up: bool | None) -> Finding:
    """`is_up` is None where the site has no Redis."""
    return Finding("redis", CRITICAL, "Redis does not answer", is_up is False, "Sockets, limits and jobs need it.")


def memory(used_share: float | None) -> Finding:
    """`used_share` is None where the system does not report its memory."""
    firing = None if used_share is None else used_share > MEMORY_SHARE
    detail = f"{used_share or 0:.0%} of the memory of the worker's machine or container is in use."
    return Finding("memory", WARNING, "Memory is running low", firing, detail, used_share, MEMORY_SHARE)


def sessions(waiting: int | None) -> Finding:
    """`waiting` is the number of late transcripts; None where it could not be read."""
    firing = None if waiting is None else waiting > 0
    detail = f"{waiting} transcripts have waited for their summary for over 15 minutes."
    return Finding("sessions", WARNING, "Sessions wait for their summary", firing, detail, waiting, 0)


def disk(used_share: float | None) -> Finding:
    """`used_share` is None where the system does not report its disk."""
    firing = None if used_share is None else used_share > DISK_SHARE
    detail = f"{used_share or 0:.0%} of the disk of the worker's machine is in use."
    return Finding("disk", WARNING, "The disk is running full", firing, detail, used_share, DISK_SHARE)


def descriptors(used_share: float | None) -> Finding:
    """`used_share` is that of the fullest process; None where the system does not report it."""
    firing = None if used_share is None else used_share > DESCRIPTORS_SHARE
    detail = f"A process uses {used_share or 0:.0%} of the files and sockets that it may open."
    title = "A process is running out of file descriptors"
    return Finding("descriptors", WARNING, title, firing, detail, used_share, DESCRIPTORS_SHARE)


def ai_budget(used_share: float | None) -> Finding:
    """`used_share` is None where it could not be read."""
    firing = None if used_share is None else used_share > AI_BUDGET_SHARE
    detail = f"{used_share or 0:.0%} of today's budget for the AI provider is used."
    return Finding("ai-budget", WARNING, "The AI budget is nearly used up", firing, detail, used_share, AI_BUDGET_SHARE)


def migrations(missing: Sequence[str] | None) -> Finding:
    """`missing` names the migrations that the code has and the database lacks; None where it could not be read."""
    detail = f"The database lacks {_named(missing)}." if missing else ""
    firing = None if missing is None else bool(missing)
    return Finding("migrations", CRITICAL, "Migrations are missing", firing, detail, len(missing or []), 0)


def _named(names: Sequence[str]) -> str:
    more = len(names) - MAX_NAMED
    return ", ".join(names[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")


def retention(rows: Sequence[OldestRow], at: datetime) -> Finding:
    """Report classes of personal data that are older than the published table allows; unknown before a first purge."""
    overdue = [row.kind.title for row in rows if row.is_overdue(at)]
    detail = f"Kept too long: {', '.join(overdue[:MAX_NAMED])}." if overdue else ""
    firing = bool(overdue) if rows else None
    return Finding("retention", WARNING, "Personal data is overdue for deletion", firing, detail, len(overdue), 0)


def security_review(reviewed_on: date | None, coordinator: str, day: date) -> Finding:
    """Report a security programme without a coordinator, or whose yearly review is overdue (16 CFR 312.8)."""
    age = (day - reviewed_on).days if reviewed_on is not None else None
    firing = not coordinator or age is None or age > REVIEW_DAYS
    detail = "It has no coordinator." if not coordinator else "It was never reviewed." if age is None else ""
    detail = detail or f"The last review was {age} days ago."
    return Finding("security_review", WARNING, "The security programme needs its yearly review", firing, detail, age)


def worker(silent_s: float, *, watched_s: float, is_redis_up: bool | None) -> Finding:
    """Report a worker that sends no checks.

    `watched_s` is how long the caller has seen no newer check. Under two minutes the state is unknown. When the newest
    check lies in the future, the clock was set back, and only `watched_s` counts. While Redis is down no check can
    arrive; that has its own alert.
    """
    is_ahead = silent_s < -MAX_CLOCK_SKEW_S
    silent_s = watched_s if is_ahead else silent_s
    is_missing = silent_s > MISSING_S
    is_unknown = is_redis_up is False or (watched_s <= MISSING_S and (is_missing or is_ahead))
    firing = None if is_unknown else is_missing
    detail = f"No health check for {duration_in_words(int(silent_s))}: the worker, beat or the broker is down."
    return Finding("worker", CRITICAL, "No worker answers", firing, detail, silent_s, MISSING_S)


def guardrail(experiment: str, title: str) -> Finding:
    """Report an experiment that a guardrail paused; the alert ends when the experiment is resumed or stopped."""
    detail = f"{title} is paused and everybody gets the control. Look at its results, then stop or resume it."
    return Finding(f"guardrail:{experiment}", WARNING, "An experiment passed a guardrail", firing=True, detail=detail)


def unknown_to(findings: Iterable[Finding], keys: Iterable[str], *, knows_guardrails: bool = True) -> set[str]:
    """Keys of open alerts about an agent or an experiment that the check no longer covers; nothing else ends them.

    A check that could not read the guardrails covers all of them.
    """
    found = {finding.key for finding in findings}
    kinds = ("agent:", "latency:", "guardrail:") if knows_guardrails else ("agent:", "latency:")
    return {key for key in keys if key.startswith(kinds) and key not in found}
