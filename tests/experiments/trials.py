"""Experiments as tests start them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from experiments.models import Arm, Experiment, Metric, Phase
from experiments.services.assignment import Who
from experiments.services.catalog import invalidate_phase_cache
from experiments.services.lifecycle import start_experiment
from viral_engine.accounts.models import User

BOTH = {"control": 5000, "bold": 5000}


def draft(
    key: str = "copy", weights_bp: Mapping[str, int] = BOTH, *, event: str = "invite_sent", **fields: Any
) -> Experiment:
    """Two arms, the first one the control, and one primary metric."""
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
    """It runs, and this process knows; a seed makes the arms of a test known."""
    phase = start_experiment(experiment=trial, by=None, at=at)
    if seed:
        Phase.objects.filter(pk=phase.pk).update(seed=seed)
        phase.seed = seed
    invalidate_phase_cache()
    return phase


def somebody(person: str = "ada", **facts: Any) -> Who:
    return Who(person=person, **{"role": "student"} | facts)


def clerk() -> User:
    """The admin who runs experiments."""
    return User.objects.create_superuser("clerk", "clerk@example.com", "correct-horse-9")
