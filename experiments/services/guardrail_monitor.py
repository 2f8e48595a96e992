"""Pause experiments that breach a guardrail, and propose winners. Winners are never rolled out automatically."""

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from experiments.events import GuardrailBreached
from experiments.models import Change, Phase
from experiments.services.lifecycle import WrongState, pause_phase
from experiments.services.results import read_report
from viral_engine.kernel.services import announce

if TYPE_CHECKING:
    from experiments.analysis.report import ExperimentReport

logger = logging.getLogger(__name__)


def monitor_running_phases(*, at: datetime) -> int:
    """Check every running phase once, and return how many were paused.

    The tests are sequential, so frequent checks add no false alarms. A phase that cannot be read does not stop the
    checks of the others.

    Cost      1 query, and `read_report` for each running phase.
    Announces GuardrailBreached for each paused phase.
    """
    running = Phase.objects.all().counting().select_related("experiment")
    return sum(_check_safely(phase, at) for phase in running)


def _check_safely(phase: Phase, at: datetime) -> bool:
    try:
        return _check(phase, at)
    except Exception:
        logger.exception("experiment %s could not be read", phase.plan.get("key", phase.pk))
        return False


def _check(phase: Phase, at: datetime) -> bool:
    report = read_report(phase, at)
    harm = _first_harm(report)
    # An admin resumed the phase after a guardrail breach; the site does not pause it again.
    if harm is not None and not phase.changes.filter(kind=Change.Kind.GUARDRAIL).exists():
        return _pause(phase, *harm, at)
    if report.verdict.kind == "winner":
        _propose(phase, report, at)
    return False


def _first_harm(report: "ExperimentReport") -> tuple[str, str, str] | None:
    """(metric's event, metric's title, arm's title) of the first breached guardrail."""
    for metric in report.metrics:
        for arm in metric.arms:
            if arm.reading is not None and arm.reading.state == "breached":
                return metric.event, metric.title, arm.title
    return None


@transaction.atomic
def _pause(phase: Phase, event: str, metric: str, arm: str, at: datetime) -> bool:
    note = f"{arm} passed the limit of {metric}. Everyone gets the control. An admin may resume the experiment."
    try:
        pause_phase(phase=phase, by=None, at=at, note=note, kind=Change.Kind.GUARDRAIL)
    except WrongState:  # an admin paused or stopped it in the meantime
        return False
    announce(GuardrailBreached(experiment=phase.plan["key"], phase=phase.number, metric=event), at=at)
    return True


def _propose(phase: Phase, report: "ExperimentReport", at: datetime) -> None:
    """Propose the winner once per phase; the unique constraint guarantees it."""
    if phase.changes.filter(kind=Change.Kind.PROPOSED).exists():
        return
    try:
        with transaction.atomic():
            Change.objects.create(
                experiment=phase.experiment,
                phase=phase,
                kind=Change.Kind.PROPOSED,
                note=" ".join((report.verdict.headline, *report.verdict.reasons)),
                at=at,
            )
    except IntegrityError:  # another run of the task was faster
        return
