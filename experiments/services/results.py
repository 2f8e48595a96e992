"""Read the report of a phase."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from experiments.models import Phase
from experiments.services.phase_cache import UnknownExperiment
from experiments.services.sufficient_stats import read_daily_stats
from viral_engine.kernel.clock import utc_day

WEEK = 7
if TYPE_CHECKING:
    from experiments.analysis.report import ExperimentReport


@dataclass(frozen=True, slots=True)
class PhaseResults:
    phase: Phase
    report: "ExperimentReport"


def get_results(experiment: str, *, at: datetime, number: int | None = None) -> PhaseResults:
    """The report of the phase with this number, or of the latest phase.

    Cost    3 queries, and 2 for each metric that is a mean, for any number of units.
    Raises  UnknownExperiment, also for a phase that does not exist.
    """
    phases = Phase.objects.filter(experiment__key=experiment).select_related("experiment")
    phase = (phases if number is None else phases.filter(number=number)).order_by("-number").first()
    if phase is None:
        raise UnknownExperiment(experiment)
    return PhaseResults(phase, read_report(phase, at))


def read_report(phase: Phase, at: datetime) -> "ExperimentReport":
    """The statistics of one phase; the verdict uses whole weeks. Cost  as `get_results` without its first query."""
    from experiments.analysis.report import build_report

    days = ((phase.ended_at or at) - phase.started_at).days
    weeks, rest = divmod(days, WEEK)
    read, settled = read_daily_stats(phase), None
    if weeks and rest:  # weekends differ from school days, so the verdict uses whole weeks
        settled = read.by(utc_day(phase.started_at + timedelta(weeks=weeks)))
    return build_report(phase.plan, read.by(), days=days, settled=settled)
