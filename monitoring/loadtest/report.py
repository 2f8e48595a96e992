"""The report of a load test: report.json for programs, report.html for people, and the lines on the terminal."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from monitoring.loadtest.results import MACHINE
from monitoring.loadtest.thresholds import MAX_ARRIVAL_P95_MS, MAX_DECISION_P95_MS
from viral_engine import formatting as fmt
from viral_engine.charts import Axis, Bar, BarChart, Chart, LineChart, Point, ReferenceLine, Series, figure

SHEETS = ("tokens.css", "charts.css")
SECONDS = Axis("Seconds", "s")
MILLISECONDS = Axis("Milliseconds", "ms")


def write_report(result: dict[str, Any], folder: Path) -> Path:
    """Write both files, and return the path of the page."""
    (folder / "report.json").write_text(json.dumps(result, indent=1) + "\n")
    page = folder / "report.html"
    context = {
        "result": result,
        "styles": page_styles(),
        "figures": [figure(chart) for chart in charts_of(result)],
        "timings": [
            ("Decision", result["decisions"]),
            ("Chat line to screen", result["chat"]),
            *result["pages"].items(),
        ],
        "availability": fmt.percent(result["availability"]["actions"]),
        "machine": fmt.percent(result["resources"]["machine_share"]),
    }
    page.write_text(render_to_string("monitoring/loadtest.html", context))
    return page


def page_styles() -> SafeString:
    """Our own style sheets, so that the page is one file."""
    folder = settings.BASE_DIR / "viral_engine" / "static" / "site"
    return SafeString("\n".join((folder / name).read_text() for name in SHEETS))


def charts_of(result: dict[str, Any]) -> list[Chart]:
    intervals, cores = result["series"]["intervals"], dict(result["series"]["cores"])
    cores.pop(MACHINE, None)
    return [
        _line(
            "Decision, p95",
            {"Decision": [(one["at_s"], one["p95_ms"]) for one in result["series"]["decisions"]]},
            MILLISECONDS,
            ReferenceLine(MAX_DECISION_P95_MS, "limit 150 ms"),
        ),
        _line(
            "Chat line to screen, p95",
            {"Arrival": [(one["at_s"], one["chat_p95_ms"]) for one in intervals]},
            MILLISECONDS,
            ReferenceLine(MAX_ARRIVAL_P95_MS, "limit 1 s"),
        ),
        _line(
            "Pages and replies, p95", {"All": [(one["at_s"], one["page_p95_ms"]) for one in intervals]}, MILLISECONDS
        ),
        _line(
            "Actions and frames a second",
            {
                "Actions": [(one["at_s"], one["actions_per_s"]) for one in intervals],
                "Frames": [(one["at_s"], one["frames_per_s"]) for one in intervals],
            },
            Axis("A second"),
        ),
        _line("Cores used", cores, Axis("Cores")),
        BarChart(
            "p95 of each action",
            tuple(Bar(name, page["p95_ms"]) for name, page in result["pages"].items()),
            axis=MILLISECONDS,
        ),
    ]


def _line(
    title: str, lines: dict[str, list[tuple[float, float]]], y_axis: Axis, reference: ReferenceLine | None = None
) -> LineChart:
    series = tuple(Series(name, tuple(Point(x, y) for x, y in points)) for name, points in lines.items())
    return LineChart(title, series, x_axis=SECONDS, y_axis=y_axis, reference=reference)


# -- The terminal ------------------------------------------------------------------------------------------
def progress_line(facts: dict[str, Any]) -> str:
    return (
        f"{facts['phase']:<8} {facts['at_s']:6.0f} s  {facts['users']:5} users  {facts['sockets']:5} sockets  "
        f"{facts['actions_per_s']:6.1f} actions/s  p95 {facts['page_p95_ms']:5.0f} ms  "
        f"chat p95 {facts['chat_p95_ms']:5.0f} ms  {facts['failures']} failed  {facts['lost']} lost"
    )


def summary_lines(result: dict[str, Any]) -> Iterator[str]:
    """The result as lines of text."""
    decisions, errors = result["decisions"], result["errors"]
    yield f"{'':<26}   count failed   average       p95       p99   maximum (ms)"
    for name, one in (("decision", decisions), ("chat line to screen", result["chat"]), *result["pages"].items()):
        yield (
            f"{name:<26} {one['count']:7} {one['failures']:6} {one['average_ms']:9.1f} {one['p95_ms']:9.1f} "
            f"{one['p99_ms']:9.1f} {one['max_ms']:9.1f}"
        )
    yield (
        f"{decisions['per_s']:.2f} decisions a second, {decisions['degraded']} degraded; "
        f"{errors['failures']} of {errors['actions']} actions failed; {result['frames']['frames']} frames"
    )
    for kind, times in errors["by_kind"].items():
        yield f"  {times} x {kind}"
    for one in result["resources"]["processes"]:
        yield f"{one['name']:<16} {one['cpu_s']:8.2f} s of CPU, {one['cores']:.2f} cores, {one['rss_mib']:.0f} MiB"
    yield f"machine {result['resources']['machine_share']:.0%} busy"
    yield from result["notes"]
    for check in result["checks"]:
        word = "PASS" if check["passed"] else "FAIL"
        yield f"{word}  {check['name']:<26} {check['value_text']:>12} ({check['limit_text']}): {check['margin']}"
