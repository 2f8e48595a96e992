"""Make experiments, start them, and fill them with exposures and outcomes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from experiments.models import Arm, Experiment, Exposure, Metric, Outcome, Phase
from experiments.services.assignment import AssignmentContext
from experiments.services.lifecycle import start_experiment
from experiments.services.phase_cache import invalidate_phase_cache
from viral_engine.accounts.models import User

BOTH = {"control": 5000, "bold": 5000}


def draft(
    key: str = "copy", weights_bp: Mapping[str, int] = BOTH, *, event: str = "invite_sent", **fields: Any
) -> Experiment:
    """Create an experiment of two arms, the first one the control, with one primary metric."""
    trial = Experiment.objects.create(key=key, title=key.title(), **fields)
    for index, (name, weight) in enumerate(weights_bp.items()):
        Arm.objects.create(
            experiment=trial,
            key=name,
            title=name.title(),
            weight_bp=weight,
            is_control=index == 0,
            params={"word": name},
        )
    Metric.objects.create(experiment=trial, role="primary", title="Invites", event=event)
    return trial


def started(trial: Experiment, at: datetime, *, seed: str = "") -> Phase:
    """Start the experiment in this process; with a seed, assignment is the same in every run."""
    phase = start_experiment(experiment=trial, by=None, at=at)
    if seed:
        Phase.objects.filter(pk=phase.pk).update(seed=seed)
        phase.seed = seed
    invalidate_phase_cache()
    return phase


def assignment_context(person: str = "ada", **facts: Any) -> AssignmentContext:
    return AssignmentContext(person=person, **{"role": "student"} | facts)


def staff_user() -> User:
    """Create the admin who runs experiments."""
    return User.objects.create_superuser("clerk", "clerk@example.com", "correct-horse-9")


DAY = timedelta(days=1)


def fill(phase: Phase, arm: str, units: int, converted: int, at: datetime, *, metric: Metric, days: int = 7) -> None:
    """Expose `units` units to an arm, spread over days; `converted` of them convert on the day of exposure."""
    rows = [
        Exposure(phase=phase, unit=f"{arm}-{number}", arm=arm, at=at, on=(at + number % days * DAY).date())
        for number in range(units)
    ]
    Exposure.objects.bulk_create(rows)
    outcomes = [
        Outcome(exposure=row, metric=metric, phase=phase, arm=arm, count=1, total=1, first_on=row.on)
        for row in Exposure.objects.filter(phase=phase, arm=arm).order_by("pk")[:converted]
    ]
    Outcome.objects.bulk_create(outcomes)
