"""Starting, pausing, stopping: what an admin does to an experiment. Each step is one row of its decision log."""

import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from experiments import rules
from experiments.models import Arm, Change, Experiment, Namespace, Phase
from experiments.services import catalog
from viral_engine.accounts.models import User

Kind = Change.Kind


class NotReady(Exception):
    """The experiment cannot start; `complaints` say what to change."""

    def __init__(self, complaints: list[str]) -> None:
        super().__init__(" ".join(complaints))
        self.complaints = complaints


class WrongState(Exception):
    """The phase is not in the state this step begins from; perhaps somebody else was quicker."""


def complaints(experiment: Experiment) -> list[str]:
    """What keeps the experiment from starting, in words for the admin; empty when nothing does.

    Cost  3 queries; 1 more in a namespace.
    """
    arms, metrics = list(experiment.arms.all()), list(experiment.metrics.all())
    found = list(_complaints_of_split([arm.weight_bp for arm in arms], experiment.coverage_bp))
    if len(arms) < 2:  # noqa: PLR2004  (a comparison has two sides)
        found.append("Add a second arm: there is nothing to compare with.")
    if sum(arm.is_control for arm in arms) != 1:
        found.append("Mark one arm as the control: it is what everybody gets today.")
    found += [f"{arm}: parameters are one JSON object of at most 2 kB." for arm in arms if not _is_small_object(arm)]
    if sum(metric.part == "primary" for metric in metrics) != 1:
        found.append("Name one primary metric before the start: it decides.")
    known = set(catalog.reported())
    found += [f"{metric}: nothing reports {metric.event}." for metric in metrics if metric.event not in known]
    if experiment.phases.open().exists():
        found.append("A phase is open: stop it, or restart.")
    return found + _overlaps(experiment)


def _complaints_of_split(weights_bp: list[int], coverage_bp: int) -> Iterable[str]:
    try:
        rules.check_split(weights_bp, coverage_bp)
    except rules.SplitRefused as refusal:
        yield str(refusal)
    if coverage_bp == 0:
        yield "Coverage is 0: nobody would take part."


def _is_small_object(arm: Arm) -> bool:
    return isinstance(arm.params, dict) and len(json.dumps(arm.params)) <= rules.LARGEST_PARAMS


def _overlaps(experiment: Experiment) -> list[str]:
    if experiment.namespace_id is None:
        return []
    others = Experiment.objects.filter(
        namespace=experiment.namespace_id,
        phases__ended_at=None,
        phases__isnull=False,
        namespace_from_bp__lt=experiment.namespace_until_bp,
        namespace_until_bp__gt=experiment.namespace_from_bp,
    ).exclude(pk=experiment.pk)
    return [f"{other} runs in the same part of this namespace: choose another slice." for other in others]


@transaction.atomic
def start_experiment(*, experiment: Experiment, by: User | None, at: datetime, note: str = "") -> Phase:
    """A new phase runs, with the definition as it stands now and a seed of its own.

    Cost    12 statements.
    Raises  NotReady.
    """
    if experiment.namespace_id is not None:  # two starts into one namespace wait for each other
        Namespace.objects.select_for_update().get(pk=experiment.namespace_id)
    found = complaints(experiment)
    if found:
        raise NotReady(found)
    experiment.phases.exclude(winner="").update(winner="")  # the question is open again; the log keeps the answer
    try:
        with transaction.atomic():
            phase = _new_phase(experiment, at)
    except IntegrityError as race:  # two admins pressed at once; the constraints let one of them through
        raise NotReady(["Somebody else has just started it."]) from race
    _record(experiment, phase, Kind.STARTED, by, at, note)
    return phase


def _new_phase(experiment: Experiment, at: datetime) -> Phase:
    return Phase.objects.create(
        experiment=experiment,
        number=experiment.phases.count() + 1,
        seed=secrets.token_hex(4),
        plan=_plan_of(experiment),
        coverage_bp=experiment.coverage_bp,
        started_at=at,
    )


def _plan_of(experiment: Experiment) -> dict[str, Any]:
    arms = [
        {"key": a.key, "title": a.title, "weight_bp": a.weight_bp, "is_control": a.is_control, "params": a.params}
        for a in experiment.arms.all()
    ]
    fields = ("part", "kind", "title", "event", "value_of", "is_more_better", "limit", "pre_days")
    metrics = [
        {"id": metric.pk} | {field: getattr(metric, field) for field in fields} for metric in experiment.metrics.all()
    ]
    part = None
    if experiment.namespace is not None:
        part = {
            "namespace": experiment.namespace.name,
            "from_bp": experiment.namespace_from_bp,
            "until_bp": experiment.namespace_until_bp,
        }
    return {
        "key": experiment.key,
        "unit": experiment.unit,
        "arms": arms,
        "metrics": metrics,
        "audience": {name: getattr(experiment, name) for name in ("roles", "grades", "cohorts", "locales")},
        "slice": part,
        "window_h": experiment.window_h,
        "planned_units": experiment.planned_units,
        "is_sequential": experiment.is_sequential,
    }


@transaction.atomic
def pause_phase(
    *, phase: Phase, by: User | None, at: datetime, note: str = "", kind: Change.Kind = Kind.PAUSED
) -> None:
    """Everybody is served the control, nothing is logged, and what was counted stands.

    Raises  WrongState.
    """
    if not Phase.objects.filter(pk=phase.pk, ended_at=None, paused_at=None).update(paused_at=at):
        raise WrongState("Only a running phase can be paused.")
    _record(phase.experiment, phase, kind, by, at, note)


@transaction.atomic
def resume_phase(*, phase: Phase, by: User, at: datetime, note: str = "") -> None:
    """Everybody has the arm they had. Raises  WrongState."""
    phase.refresh_from_db()
    if phase.paused_at is None:
        raise WrongState("Only a paused phase can go on.")
    pauses = [*phase.pauses, [phase.paused_at.isoformat(), at.isoformat()]]
    paused = Phase.objects.filter(pk=phase.pk, ended_at=None, paused_at=phase.paused_at)
    if not paused.update(paused_at=None, pauses=pauses):
        raise WrongState("Only a paused phase can go on.")
    _record(phase.experiment, phase, Kind.RESUMED, by, at, note)


@transaction.atomic
def stop_phase(*, phase: Phase, by: User, at: datetime, winner: str = "", note: str = "") -> None:
    """The phase is over: everybody is served the winner; without one, what the code does by itself.

    Raises  WrongState; ValueError for an arm the phase does not have.
    """
    if winner and winner not in {arm["key"] for arm in phase.arms}:
        raise ValueError(winner)
    if not Phase.objects.filter(pk=phase.pk, ended_at=None).update(ended_at=at, winner=winner):
        raise WrongState("This phase is over already.")
    _record(phase.experiment, phase, Kind.STOPPED, by, at, note, {"winner": ["", winner]} if winner else {})


@transaction.atomic
def restart_experiment(
    *, experiment: Experiment, weights_bp: Mapping[str, int], by: User, at: datetime, note: str = ""
) -> Phase:
    """The open phase is over, and a new one runs with this split: new seed, new window, nobody carried over.

    Raises  NotReady, and nothing has changed; KeyError for an arm that is not there.
    """
    arms = {arm.key: arm for arm in experiment.arms.all()}
    before = {key: arm.weight_bp for key, arm in arms.items()}
    for key, weight in weights_bp.items():
        arms[key].weight_bp = weight
    found = list(_complaints_of_split([arm.weight_bp for arm in arms.values()], experiment.coverage_bp))
    if found:
        raise NotReady(found)
    for phase in experiment.phases.open():
        stop_phase(phase=phase, by=by, at=at, note="Restarted.")
    Arm.objects.bulk_update(arms.values(), ["weight_bp"])
    changed = {f"weight of {key}": [before[key], arms[key].weight_bp] for key in before}
    facts = {name: pair for name, pair in changed.items() if pair[0] != pair[1]}
    if facts:
        _record(experiment, None, Kind.EDITED, by, at, "Another split for the next phase.", facts)
    return start_experiment(experiment=experiment, by=by, at=at, note=note or "Restarted.")


@transaction.atomic
def widen_phase(*, phase: Phase, coverage_bp: int, by: User, at: datetime) -> None:
    """More people take part; nobody who does changes their arm.

    Raises  WrongState when the phase is over, or the coverage would not rise.
    """
    before = phase.coverage_bp
    rising = Phase.objects.filter(pk=phase.pk, ended_at=None, coverage_bp__lt=coverage_bp)
    if coverage_bp > rules.WHOLE_BP or not rising.update(coverage_bp=coverage_bp):
        raise WrongState("Coverage of an open phase can only rise, to 10000 at the most. To lower it, restart.")
    Experiment.objects.filter(pk=phase.experiment_id).update(coverage_bp=coverage_bp)
    _record(phase.experiment, phase, Kind.WIDENED, by, at, "", {"coverage_bp": [before, coverage_bp]})


def record_edit(*, experiment: Experiment, by: User, at: datetime, facts: dict[str, Any], note: str = "") -> None:
    """The log tells what an admin changed in the definition."""
    if facts:
        _record(experiment, None, Kind.EDITED, by, at, note, facts)


def _record(
    experiment: Experiment,
    phase: Phase | None,
    kind: Change.Kind,
    by: User | None,
    at: datetime,
    note: str,
    facts: dict[str, Any] | None = None,
) -> None:
    Change.objects.create(
        experiment=experiment, phase=phase, kind=kind, by=by, note=note[:2000], facts=facts or {}, at=at
    )
    transaction.on_commit(catalog.forget)
