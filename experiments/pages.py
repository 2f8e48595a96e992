"""What the pages of this app read, gathered with a stated number of queries."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from experiments import rules, services
from experiments.models import Change, Experiment, Phase

if TYPE_CHECKING:
    from experiments.analysis.report import Report


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list: an experiment and its latest phase."""

    experiment: Experiment
    phase: Phase | None

    @property
    def state(self) -> str:
        return self.phase.state if self.phase else "draft"


def all_experiments() -> list[Listed]:
    """Those that run first. Cost  2 queries."""
    order = {"running": 0, "paused": 1, "draft": 2, "ended": 3}
    rows = Experiment.objects.prefetch_related("phases").order_by("title")
    listed = [Listed(row, max(row.phases.all(), key=lambda phase: phase.number, default=None)) for row in rows]
    return sorted(listed, key=lambda one: order[one.state])


@dataclass(frozen=True, slots=True)
class Share:
    """What an arm gets of a split, and where its range lies; all in percent of everybody."""

    key: str
    title: str
    weight: float
    start: float
    width: float
    is_control: bool
    params: dict[str, Any]


def split_of(experiment: Experiment, phase: Phase | None) -> list[Share]:
    """The split that runs, or the one that would. Cost  1 query without a phase, else none."""
    if phase is not None and phase.ended_at is None:
        arms, coverage_bp = phase.arms, phase.coverage_bp
    else:
        fields = ("key", "title", "weight_bp", "is_control", "params")
        arms, coverage_bp = list(experiment.arms.values(*fields)), experiment.coverage_bp
    try:
        spans = rules.ranges([arm["weight_bp"] for arm in arms], coverage_bp)
    except rules.SplitRefused:
        spans = [(0.0, 0.0)] * len(arms)
    return [
        Share(
            key=arm["key"],
            title=arm["title"],
            weight=arm["weight_bp"] / 100,
            start=100 * low,
            width=100 * (high - low),
            is_control=arm["is_control"],
            params=arm["params"],
        )
        for arm, (low, high) in zip(arms, spans, strict=True)
    ]


def history_of(experiment: Experiment) -> list[Change]:
    """The decision log, newest first. Cost  1 query."""
    return list(experiment.changes.select_related("by", "phase")[:100])


def as_json(results: services.Results, at: datetime) -> dict[str, Any]:
    """Everything the page shows, for another program; no number is NaN or endless."""
    phase, report = results.phase, results.report
    return {
        "experiment": phase.plan["key"],
        "phase": phase.number,
        "state": phase.state,
        "started_at": phase.started_at.isoformat(),
        "ended_at": phase.ended_at and phase.ended_at.isoformat(),
        "read_at": at.isoformat(),
        "days": report.days,
        "units_in_two_arms": report.crossed,
        "sample_ratio": asdict(report.ratio),
        "verdict": asdict(report.verdict),
        "metrics": [asdict(metric) for metric in report.metrics],
        "by_day": {
            key: [asdict(look) | {"on": look.on.isoformat()} for look in looks] for key, looks in report.looks.items()
        },
    }


CSV_HEAD = (
    "metric", "part", "kind", "arm", "units", "conversions", "value", "difference", "low", "high",
    "lift", "lift_low", "lift_high", "p_value", "p_value_after_holm", "chance_to_be_best",
)  # fmt: skip


def as_rows(report: "Report") -> Iterator[tuple[Any, ...]]:
    """One line a metric and arm; what cannot be said is empty."""
    for metric in report.metrics:
        for arm in metric.arms:
            one = arm.deciding
            ends = one.interval if one else None
            lift = one.lift_interval if one else None
            yield (
                metric.title,
                metric.part,
                metric.kind,
                arm.title,
                arm.units,
                arm.conversions,
                arm.value,
                one.difference if one else None,
                ends.low if ends else None,
                ends.high if ends else None,
                one.lift if one else None,
                lift.low if lift else None,
                lift.high if lift else None,
                one.p_value if one else None,
                arm.p_value,
                arm.chance.best if arm.chance else None,
            )
