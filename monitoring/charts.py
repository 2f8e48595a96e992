"""The charts of the on-call page, drawn from the last checks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from monitoring.alerts.rules import ERROR_RATE, QUEUE_DEPTH
from monitoring.health.rules import mean
from monitoring.models import HealthCheck
from monitoring.rules import Requests
from viral_engine.charts import Axis, LineChart, Point, ReferenceLine, Series
from viral_engine.charts.table import draw_legend
from viral_engine.formatting import measured
from viral_engine.kernel.agent_registry import DECISION_BUDGET_MS

MAX_POINTS = 100  # per line; a phone has no room for more
Group = Sequence[HealthCheck]  # the checks behind one point


@dataclass(frozen=True, slots=True)
class TrendChart:
    """One chart and its newest value as text."""

    title: str
    newest: str
    legend: SafeString
    svg: SafeString


def trend_charts(checks: Sequence[HealthCheck]) -> list[TrendChart]:
    """Draw lines of at most 100 points, each the mean of consecutive checks; unknown values leave a gap."""
    size = max(1, -(-len(checks) // MAX_POINTS))
    groups = [checks[start : start + size] for start in range(0, len(checks), size)]

    def line(name: str, read: Callable[[Group], float | None]) -> Series:
        return Series(name, tuple(Point(group[-1].at, read(group)) for group in groups))

    lines = {
        "average": line("Average", mean_of(lambda check: check.latency_avg_ms)),
        "p95": line("95% within", mean_of(lambda check: check.latency_p95_ms)),
        "decisions": line("Decisions", mean_of(lambda check: check.decisions_per_s)),
        "loops": line("Loops", mean_of(lambda check: check.loops_per_s)),
        "errors": line("Failed", error_rate),
        "people": line("Learners", mean_of(lambda check: check.people)),
        "queue": line("Tasks", mean_of(lambda check: check.queue_depth)),
    }
    milliseconds, share = Axis(unit="ms"), Axis(unit="%")
    budget, limit = ReferenceLine(DECISION_BUDGET_MS, "budget"), ReferenceLine(ERROR_RATE, "alert")
    return [
        trend_chart("Decision latency", (lines["average"], lines["p95"]), milliseconds, budget),
        trend_chart("Decisions and loops a second", (lines["decisions"], lines["loops"]), Axis()),
        trend_chart("Requests that failed", (lines["errors"],), share, limit),
        trend_chart("Learners online", (lines["people"],), Axis()),
        trend_chart("Tasks waiting", (lines["queue"],), Axis(), ReferenceLine(QUEUE_DEPTH, "alert")),
    ]


def mean_of(read: Callable[[HealthCheck], float | None]) -> Callable[[Group], float | None]:
    return lambda group: mean([read(check) for check in group])


def error_rate(group: Group) -> float | None:
    """The share of failed requests; None without requests."""
    answered = Requests(sum(one.requests for one in group), sum(one.errors for one in group))
    return answered.error_rate if answered.count else None


def trend_chart(
    title: str, lines: tuple[Series, ...], axis: Axis, reference: ReferenceLine | None = None
) -> TrendChart:
    """Draw a chart, with its limit only when a value reached half of it: otherwise the limit would flatten the line."""
    top = max((point.y for line in lines for point in line.points if point.y is not None), default=0.0)
    near = reference if reference is not None and top * 2 >= reference.value else None
    newest = newest_of(lines[0], axis.unit)
    chart = LineChart(title, lines, description=f"Now {newest}.", y_axis=axis, reference=near)
    return TrendChart(title, newest, draw_legend(chart.legend()), chart.svg())


def newest_of(line: Series, unit: str) -> str:
    known = [point.y for point in line.points if point.y is not None]
    if not known:
        return "nothing yet"
    return measured(known[-1], unit)
