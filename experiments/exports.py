"""The results of a phase as JSON and CSV, for other programs."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from experiments.services.results import PhaseResults

if TYPE_CHECKING:
    from experiments.analysis.metrics import MetricReport
    from experiments.analysis.report import ExperimentReport


def results_json(results: PhaseResults, at: datetime) -> dict[str, Any]:
    """The numbers of the results page as JSON; unknown numbers are null, and none is NaN or infinite."""
    phase, report = results.phase, results.report
    return {
        "experiment": phase.plan["key"],
        "phase": phase.number,
        "state": phase.state,
        "started_at": phase.started_at.isoformat(),
        "ended_at": phase.ended_at and phase.ended_at.isoformat(),
        "read_at": at.isoformat(),
        "days": report.days,
        "as_of": report.reading.as_of.isoformat(),
        "is_frozen": report.reading.is_frozen,
        "namespace": phase.plan["slice"],
        "progress": asdict(report.progress),
        "held_out": report.held_out,
        "units_in_two_arms": report.crossed,
        "sample_ratio": asdict(report.ratio),
        "verdict": asdict(report.verdict),
        "metrics": [_metric_json(metric) for metric in report.metrics],
        "by_day": {
            key: [asdict(look) | {"on": look.on.isoformat()} for look in looks] for key, looks in report.looks.items()
        },
    }


def _metric_json(metric: "MetricReport") -> dict[str, Any]:
    values = asdict(metric)
    return {"part": values.pop("role")} | values  # exports keep the key that their readers know


CSV_HEADER = (
    "metric", "part", "kind", "arm", "units", "conversions", "value", "difference", "low", "high",
    "lift", "lift_low", "lift_high", "p_value", "p_value_after_holm", "chance_to_be_best",
    "level", "interval", "test", "as_of",
)  # fmt: skip


def csv_rows(report: "ExperimentReport") -> Iterator[tuple[Any, ...]]:
    """One row per metric and arm; an unknown number is an empty cell."""
    for metric in report.metrics:
        for arm in metric.arms:
            comparison = arm.deciding
            interval = comparison.interval if comparison else None
            lift = comparison.lift_interval if comparison else None
            yield (
                metric.title,
                metric.role,
                metric.kind,
                arm.title,
                arm.units,
                arm.conversions,
                arm.value,
                comparison.difference if comparison else None,
                interval.low if interval else None,
                interval.high if interval else None,
                comparison.lift if comparison else None,
                lift.low if lift else None,
                lift.high if lift else None,
                comparison.p_value if comparison else None,
                arm.p_value,
                arm.chance.best if arm.chance else None,
                comparison.level if comparison else None,
                comparison.interval_name if comparison else None,
                comparison.test_name if comparison else None,
                None if metric.role == "guardrail" else report.reading.as_of.isoformat(),
            )
