"""Read the report of a phase."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from experiments import rules
from experiments.models import Change, Phase
from experiments.services.phase_cache import UnknownExperiment
from experiments.services.sufficient_stats import PhaseStats, read_phase_stats

if TYPE_CHECKING:
    from experiments.analysis.report import ExperimentReport, Reading


@dataclass(frozen=True, slots=True)
class PhaseResults:
    phase: Phase
    report: "ExperimentReport"


def get_results(experiment: str, *, at: datetime, number: int | None = None) -> PhaseResults:
    """The report of the phase with this number, or of the latest phase.

    Cost    3 queries, and 2 for each metric that is a mean, for any number of units; 2 statements more when it makes
            the verdict of a fixed-size test.
    Raises  UnknownExperiment, also for a phase that does not exist.
    """
    phases = Phase.objects.filter(experiment__key=experiment).select_related("experiment")
    phase = (phases if number is None else phases.filter(number=number)).order_by("-number").first()
    if phase is None:
        raise UnknownExperiment(experiment)
    return PhaseResults(phase, read_report(phase, at))


def read_report(phase: Phase, at: datetime) -> "ExperimentReport":
    """The statistics of one phase, with a verdict on whole weeks from the start's own hour.

    A fixed-size test is judged once: the first reading after its plan is full keeps its numbers for good.

    Cost  as `get_results` without its first query.
    """
    from experiments.analysis.report import build_report

    until = min(at, phase.ended_at or at)
    weeks = rules.week_of(until, phase.started_at)
    cut = phase.started_at + weeks * rules.WEEK if weeks else None
    stats = read_phase_stats(phase, cut)
    days = (until - phase.started_at).days
    report = build_report(phase.plan, _reading(phase, stats, cut, until), stats.current, days=days)
    if cut is not None and phase.reading is None and _is_final(phase, report):
        _freeze(phase, report)
        return build_report(phase.plan, _reading(phase, stats, cut, until), stats.current, days=days)
    return report


def _reading(phase: Phase, stats: PhaseStats, cut: datetime | None, until: datetime) -> "Reading":
    from experiments.analysis.report import Reading

    if phase.reading is not None:
        return Reading.load(phase.reading)
    return Reading(
        as_of=cut or until,
        days=((cut or until) - phase.started_at).days,
        arms=stats.judged,
        exposed={key: arm.units for key, arm in stats.current.items()},
        crossed=sum(arm.crossed for arm in stats.judged.values()),
    )


def _is_final(phase: Phase, report: "ExperimentReport") -> bool:
    """Whether a fixed-size test has its verdict: its plan is full, and nothing withholds or delays the verdict."""
    is_decided = report.verdict.kind not in {"withheld", "keep_running"}
    return not phase.plan["is_sequential"] and report.progress.is_full and is_decided


@transaction.atomic
def _freeze(phase: Phase, report: "ExperimentReport") -> None:
    """Keep the numbers of the verdict; of several readers at once the first one's stay."""
    if Phase.objects.filter(pk=phase.pk, reading__isnull=True).update(reading=report.reading.dump()):
        Change.objects.create(
            experiment_id=phase.experiment_id,
            phase=phase,
            kind=Change.Kind.JUDGED,
            note=" ".join((report.verdict.headline, *report.verdict.reasons)),
            at=report.reading.as_of,
        )
    phase.refresh_from_db(fields=["reading"])
