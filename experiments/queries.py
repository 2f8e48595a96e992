"""Reads of the experiment pages; each states its number of queries."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from experiments import rules
from experiments.models import Change, Experiment, Phase
from experiments.services.lifecycle import readiness_errors
from experiments.services.phase_cache import NamespaceSlice
from experiments.services.results import read_report

if TYPE_CHECKING:
    from experiments.analysis.report import ExperimentReport


@dataclass(frozen=True, slots=True)
class ExperimentListItem:
    """An experiment with its latest phase, one line of the list."""

    experiment: Experiment
    phase: Phase | None

    @property
    def state(self) -> str:
        return self.phase.state if self.phase else "draft"


def list_experiments() -> list[ExperimentListItem]:
    """All experiments, running ones first. Cost  2 queries."""
    order = {"running": 0, "paused": 1, "draft": 2, "ended": 3}
    rows = Experiment.objects.prefetch_related("phases").order_by("title")
    listed = [
        ExperimentListItem(row, max(row.phases.all(), key=lambda phase: phase.number, default=None)) for row in rows
    ]
    return sorted(listed, key=lambda one: order[one.state])


@dataclass(frozen=True, slots=True)
class SampleSize:
    """The people and whole weeks that one kind of test needs. Units  units are per arm."""

    mode: str  # sequential | fixed
    units: int
    people: int
    days: int | None

    @property
    def title(self) -> str:
        return "sequential test" if self.mode == "sequential" else "fixed-size test"


def sample_sizes(
    *,
    base: float,
    target: float,
    power: float,
    alpha: float,
    arms: int,
    daily_units: int,
    coverage: float,
    mode: str,
    goals: int,
) -> list[SampleSize]:
    """The size for the chosen mode first, then for the other; empty for equal rates. Cost  no query.

    Units  base, target, power, alpha and coverage are in percent. Every arm and goal metric is one more comparison, and
           the plan is for the strictest of them.
    """
    from experiments.analysis.power import DEFAULT_LOOKS, WEEK, days_needed, units_for_rates

    strictest = alpha / 100 / ((arms - 1) * (1 + goals))
    share = coverage / 100 / arms

    def size(mode: str, looks: int) -> SampleSize | None:
        units = units_for_rates(
            base / 100,
            target / 100,
            alpha=strictest,
            power=power / 100,
            is_sequential=mode == "sequential",
            looks=looks,
        )
        days = units and days_needed(units, daily_units=daily_units, smallest_share=share)
        return SampleSize(mode, units, units * arms, days) if units else None

    found = []
    for one in sorted(("sequential", "fixed"), key=lambda name: name != mode):
        rough = size(one, DEFAULT_LOOKS)
        weeks = (rough.days or 0) // WEEK if rough else 0
        exact = size(one, min(52, max(1, weeks)))  # a sequential test is looked at once a week
        found += [exact] if exact else []
    return found


@dataclass(frozen=True, slots=True)
class SplitRange:
    """An arm's weight in the split and its range, in percent of all units."""

    key: str
    title: str
    weight: float
    start: float
    width: float
    is_control: bool
    params: dict[str, Any]


def current_split(experiment: Experiment, phase: Phase | None) -> list[SplitRange]:
    """The split of the open phase, or of the draft. Cost  1 query without an open phase, else none."""
    if phase is not None and phase.ended_at is None:
        arms, coverage_bp = phase.arms, phase.coverage_bp
    else:
        fields = ("key", "title", "weight_bp", "is_control", "params")
        arms, coverage_bp = list(experiment.arms.values(*fields)), experiment.coverage_bp
    try:
        spans = rules.ranges([arm["weight_bp"] for arm in arms], coverage_bp)
    except rules.InvalidSplit:
        spans = [(0.0, 0.0)] * len(arms)
    return [
        SplitRange(
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


def change_history(experiment: Experiment) -> list[Change]:
    """The latest 100 lines of the decision log, newest first. Cost  1 query."""
    return list(experiment.changes.select_related("by", "phase")[:100])


@dataclass(frozen=True, slots=True)
class ResultsPage:
    """One experiment as its page shows it; `phase` and `report` are the chosen phase's, None for a draft."""

    experiment: Experiment
    phases: list[Phase]  # latest first
    phase: Phase | None
    report: "ExperimentReport | None"
    split: list[SplitRange]
    history: list[Change]
    errors: list[str]  # what prevents a start; empty while a phase is open
    namespace_slice: NamespaceSlice | None  # of the chosen phase

    @property
    def latest(self) -> Phase | None:
        return self.phases[0] if self.phases else None

    @property
    def state(self) -> str:
        return self.latest.state if self.latest else "draft"


def results_page(experiment: Experiment, number: str, at: datetime) -> ResultsPage:
    """The page for the phase with this number, or for the latest phase.

    Cost  5 queries, 2 more for each metric that is a mean; without an open phase also those of `readiness_errors`.
    """
    phases = list(experiment.phases.order_by("-number"))
    latest = phases[0] if phases else None
    phase = next((one for one in phases if str(one.number) == number), latest)
    return ResultsPage(
        experiment=experiment,
        phases=phases,
        phase=phase,
        report=read_report(phase, at) if phase else None,
        split=current_split(experiment, latest),
        history=change_history(experiment),
        errors=readiness_errors(experiment) if latest is None or latest.ended_at else [],
        namespace_slice=NamespaceSlice(**phase.plan["slice"]) if phase and phase.plan["slice"] else None,
    )
