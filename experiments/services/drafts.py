"""Experiments that ship with the site, written as drafts that an admin reviews and starts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from experiments.models import Arm, Experiment, Metric
from viral_engine.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmDraft:
    key: str
    title: str
    weight_bp: int
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDraft:
    role: Metric.Role
    title: str
    event: type[Event]
    is_more_better: bool = True
    limit: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentDraft:
    """An experiment as code defines it; the first arm is the control."""

    key: str
    title: str
    hypothesis: str
    unit: Experiment.Unit
    arms: tuple[ArmDraft, ...]
    metrics: tuple[MetricDraft, ...]


@transaction.atomic
def create_drafts(drafts: Iterable[ExperimentDraft]) -> list[Experiment]:
    """Create each missing experiment and return the created ones; an existing experiment keeps an admin's edits."""
    created = []
    for draft in drafts:
        experiment, is_new = Experiment.objects.get_or_create(
            key=draft.key, defaults={"title": draft.title, "hypothesis": draft.hypothesis, "unit": draft.unit}
        )
        if is_new:
            _add_arms_and_metrics(experiment, draft)
            created.append(experiment)
    return created


def _add_arms_and_metrics(experiment: Experiment, draft: ExperimentDraft) -> None:
    for position, arm in enumerate(draft.arms):
        Arm.objects.create(
            experiment=experiment,
            key=arm.key,
            title=arm.title,
            weight_bp=arm.weight_bp,
            is_control=position == 0,
            params=dict(arm.params),
        )
    for metric in draft.metrics:
        Metric.objects.create(
            experiment=experiment,
            role=metric.role,
            title=metric.title,
            event=metric.event.type,
            is_more_better=metric.is_more_better,
            limit=metric.limit,
        )
