"""Start, pause, resume, stop and restart experiments. Each step adds one row to the decision log."""

import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from experiments import rules
from experiments.models import Arm, Change, Experiment, Holdout, Metric, Namespace, Phase
from experiments.services import phase_cache
from viral_engine.accounts.models import User

Kind = Change.Kind


class NotReady(Exception):
    """The experiment cannot start; `readiness_errors` say what to change."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__(" ".join(errors))
        self.errors = errors


class WrongState(Exception):
    """The phase is not in the state this step needs; another admin may have been faster."""


def readiness_errors(experiment: Experiment) -> list[str]:
    """Messages for the admin about everything that prevents a start; empty if the experiment is ready.

    Cost  3 queries; 1 more in a namespace.
    """
    arms, metrics = list(experiment.arms.all()), list(experiment.metrics.all())
    found = list(_split_errors([arm.weight_bp for arm in arms], experiment.coverage_bp))
    if len(arms) < 2:  # noqa: PLR2004  (a comparison needs two arms)
        found.append("Add a second arm to compare with the control.")
    if sum(arm.is_control for arm in arms) != 1:
        found.append("Mark exactly one arm as the control: the variant everyone gets today.")
    found += [
        f"{arm}: enter the parameters as one JSON object of at most 2 kB." for arm in arms if not _is_small_object(arm)
    ]
    if sum(metric.role == "primary" for metric in metrics) != 1:
        found.append("Choose exactly one primary metric: it decides the verdict.")
    found += [f"{metric}: {error}" for metric in metrics for error in _metric_errors(metric)]
    if experiment.phases.open().exists():
        found.append("A phase is still open: stop it or restart the experiment.")
    return found + _overlaps(experiment)


def _split_errors(weights_bp: list[int], coverage_bp: int) -> Iterable[str]:
    try:
        rules.check_split(weights_bp, coverage_bp)
    except rules.InvalidSplit as refusal:
        yield str(refusal)
    if coverage_bp == 0:
        yield "Coverage is 0, so nobody would take part."


def _metric_errors(metric: Metric) -> Iterable[str]:
    if metric.event not in phase_cache.event_types():
        yield f"no event {metric.event} can be counted."
    elif error := phase_cache.value_error(metric.event, metric.value_of):
        yield error


def _is_small_object(arm: Arm) -> bool:
    return isinstance(arm.params, dict) and len(json.dumps(arm.params)) <= rules.MAX_PARAMS_CHARS


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
    return [f"{other} runs in the same part of this namespace. Choose another slice." for other in others]


@transaction.atomic
def start_experiment(*, experiment: Experiment, by: User | None, at: datetime, note: str = "") -> Phase:
    """Start a new phase with the current definition and a new random seed.

    Cost    12 statements.
    Raises  NotReady; nothing has changed.
    """
    if experiment.namespace_id is not None:  # two starts in one namespace run one after the other
        Namespace.objects.select_for_update().get(pk=experiment.namespace_id)
    found = readiness_errors(experiment)
    if found:
        raise NotReady(found)
    experiment.phases.exclude(winner="").update(
        winner=""
    )  # the experiment runs again; the decision log keeps the old winner
    try:
        with transaction.atomic():
            phase = _new_phase(experiment, at)
    except IntegrityError as race:  # two admins started it at once; the constraints allow one of them
        raise NotReady(["Another admin has just started it."]) from race
    _record(experiment, phase, Kind.STARTED, by, at, note)
    return phase


def _new_phase(experiment: Experiment, at: datetime) -> Phase:
    return Phase.objects.create(
        experiment=experiment,
        number=experiment.phases.count() + 1,
        seed=secrets.token_hex(4),
        plan=_frozen_plan(experiment),
        coverage_bp=experiment.coverage_bp,
        started_at=at,
        holdouts=Holdout.objects.all().active_shares(),
    )


def _frozen_plan(experiment: Experiment) -> dict[str, Any]:
    """The copy of the definition that the phase keeps."""
    return {
        "key": experiment.key,
        "unit": experiment.unit,
        "arms": [_frozen_arm(arm) for arm in experiment.arms.all()],
        "metrics": [_frozen_metric(metric) for metric in experiment.metrics.all()],
        "audience": experiment.targeting_lists(),
        "slice": _frozen_slice(experiment),
        "window_h": experiment.window_h,
        "planned_units": experiment.planned_units,
        "is_sequential": experiment.is_sequential,
    }


def _frozen_arm(arm: Arm) -> dict[str, Any]:
    return {
        "key": arm.key,
        "title": arm.title,
        "weight_bp": arm.weight_bp,
        "is_control": arm.is_control,
        "params": arm.params,
    }


def _frozen_metric(metric: Metric) -> dict[str, Any]:
    return {
        "id": metric.pk,
        "part": metric.role,  # the stored key is older than the field's name
        "kind": metric.kind,
        "title": metric.title,
        "event": metric.event,
        "value_of": metric.value_of,
        "is_more_better": metric.is_more_better,
        "limit": metric.limit,
        "pre_days": metric.pre_days,
    }


def _frozen_slice(experiment: Experiment) -> dict[str, Any] | None:
    if experiment.namespace is None:
        return None
    return {
        "namespace": experiment.namespace.name,
        "hash_version": experiment.namespace.hash_version,
        "from_bp": experiment.namespace_from_bp,
        "until_bp": experiment.namespace_until_bp,
    }


@transaction.atomic
def pause_phase(
    *, phase: Phase, by: User | None, at: datetime, note: str = "", kind: Change.Kind = Kind.PAUSED
) -> None:
    """Serve the control to everyone and stop counting; earlier counts stay.

    Raises  WrongState if the phase does not run.
    """
    if not Phase.objects.filter(pk=phase.pk, ended_at=None, paused_at=None).update(paused_at=at):
        raise WrongState("Only a running phase can be paused.")
    _record(phase.experiment, phase, kind, by, at, note)


@transaction.atomic
def resume_phase(*, phase: Phase, by: User, at: datetime, note: str = "") -> None:
    """Continue a paused phase; everyone keeps their arm.

    Raises  WrongState if the phase is not paused.
    """
    phase.refresh_from_db()
    if phase.paused_at is None:
        raise WrongState("Only a paused phase can be resumed.")
    pauses = [*phase.pauses, [phase.paused_at.isoformat(), at.isoformat()]]
    paused = Phase.objects.filter(pk=phase.pk, ended_at=None, paused_at=phase.paused_at)
    if not paused.update(paused_at=None, pauses=pauses):
        raise WrongState("Only a paused phase can be resumed.")
    _record(phase.experiment, phase, Kind.RESUMED, by, at, note)


@transaction.atomic
def stop_phase(*, phase: Phase, by: User, at: datetime, winner: str = "", note: str = "") -> None:
    """End the phase and serve the winner to everyone, or the site's default if no winner is given.

    Raises  WrongState if the phase has ended; ValueError for an arm the phase does not have.
    """
    if winner and winner not in {arm["key"] for arm in phase.arms}:
        raise ValueError(winner)
    if not Phase.objects.filter(pk=phase.pk, ended_at=None).update(ended_at=at, winner=winner):
        raise WrongState("This phase has already ended.")
    _record(phase.experiment, phase, Kind.STOPPED, by, at, note, {"winner": ["", winner]} if winner else {})


@transaction.atomic
def restart_experiment(
    *, experiment: Experiment, weights_bp: Mapping[str, int], by: User, at: datetime, note: str = ""
) -> Phase:
    """End the open phase and start a new one with this split, a new seed and a new window.

    Raises  NotReady, and nothing has changed; KeyError for an unknown arm.
    """
    arms = {arm.key: arm for arm in experiment.arms.all()}
    before = {key: arm.weight_bp for key, arm in arms.items()}
    for key, weight in weights_bp.items():
        arms[key].weight_bp = weight
    found = list(_split_errors([arm.weight_bp for arm in arms.values()], experiment.coverage_bp))
    if found:
        raise NotReady(found)
    for phase in experiment.phases.open():
        stop_phase(phase=phase, by=by, at=at, note="Restarted.")
    Arm.objects.bulk_update(arms.values(), ["weight_bp"])
    changed = {f"weight of {key}": [before[key], arms[key].weight_bp] for key in before}
    facts = {name: pair for name, pair in changed.items() if pair[0] != pair[1]}
    if facts:
        _record(experiment, None, Kind.EDITED, by, at, "New split for the next phase.", facts)
    return start_experiment(experiment=experiment, by=by, at=at, note=note or "Restarted.")


@transaction.atomic
def increase_coverage(*, phase: Phase, coverage_bp: int, by: User, at: datetime) -> None:
    """Include more people; nobody changes their arm.

    Raises  WrongState if the phase has ended or the coverage would not rise.
    """
    before = phase.coverage_bp
    rising = Phase.objects.filter(pk=phase.pk, ended_at=None, coverage_bp__lt=coverage_bp)
    if coverage_bp > rules.TOTAL_BP or not rising.update(coverage_bp=coverage_bp):
        raise WrongState(
            "The coverage of an open phase can only rise, up to 10000. To lower it, restart the experiment."
        )
    Experiment.objects.filter(pk=phase.experiment_id).update(coverage_bp=coverage_bp)
    _record(phase.experiment, phase, Kind.WIDENED, by, at, "", {"coverage_bp": [before, coverage_bp]})


def record_edit(*, experiment: Experiment, by: User, at: datetime, facts: dict[str, Any], note: str = "") -> None:
    """Add an admin's changes of the definition to the decision log."""
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
    transaction.on_commit(phase_cache.invalidate_phase_cache)
