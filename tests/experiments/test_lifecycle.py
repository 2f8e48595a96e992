from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections

from experiments.models import Arm, Change, Experiment, Metric, Namespace, Phase
from experiments.services.lifecycle import (
    NotReady,
    WrongState,
    increase_coverage,
    pause_phase,
    readiness_errors,
    restart_experiment,
    resume_phase,
    start_experiment,
    stop_phase,
)
from experiments.services.phase_cache import invalidate_phase_cache, running_count
from tests.experiments.trials import draft, staff_user, started

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_a_start_freezes_the_definition(at: datetime) -> None:
    trial = draft(grades=[7])
    phase = started(trial, at)
    Arm.objects.filter(key="bold").update(params={"word": "changed"})
    phase.refresh_from_db()
    assert [(arm["key"], arm["weight_bp"], arm["params"]) for arm in phase.arms] == [
        ("control", 5000, {"word": "control"}),
        ("bold", 5000, {"word": "bold"}),
    ]
    assert phase.plan["audience"] == {"roles": [], "grades": [7], "cohorts": [], "locales": []}
    assert (phase.number, phase.state, len(phase.seed)) == (1, "running", 8)


@pytest.mark.parametrize(
    ("weights", "fields", "word"),
    [
        ({"control": 5000, "bold": 4000}, {}, "9000"),
        ({"control": 10_000}, {}, "second arm"),
        ({"control": 5000, "bold": 5000}, {"coverage_bp": 0}, "nobody"),
        ({"control": 5000, "bold": 5000}, {"event": "moon_rose"}, "no event moon_rose can be counted"),
    ],
)
def test_what_is_not_ready_says_what_to_change(
    at: datetime, weights: dict[str, int], fields: dict[str, Any], word: str
) -> None:
    trial = draft(weights_bp=weights, **fields)
    with pytest.raises(NotReady, match=word):
        start_experiment(experiment=trial, by=None, at=at)
    assert not Phase.objects.exists()


def test_a_start_needs_a_control_a_primary_metric_and_small_parameters(at: datetime) -> None:
    trial = draft()
    Arm.objects.update(is_control=False, params={"words": "x" * 2001})
    Metric.objects.update(role="goal")
    found = readiness_errors(trial)
    assert [line.split(":")[0].split(" ")[0] for line in found] == ["Mark", "Control", "Bold", "Choose"]


def test_two_experiments_do_not_share_a_slice(at: datetime) -> None:
    apart = Namespace.objects.create(name="sheet")
    started(draft("one", namespace=apart, namespace_until_bp=6000), at)
    with pytest.raises(NotReady, match="One runs in the same part"):
        started(draft("two", namespace=apart, namespace_from_bp=5999), at)
    started(draft("three", namespace=apart, namespace_from_bp=6000), at)


def test_one_phase_is_open_at_a_time(at: datetime) -> None:
    trial = draft()
    started(trial, at)
    with pytest.raises(NotReady, match="A phase is still open"):
        started(trial, at)


def test_pause_and_resume_keep_the_pause(at: datetime) -> None:
    phase = started(draft(), at)
    admin = staff_user()
    pause_phase(phase=phase, by=admin, at=at + HOUR)
    with pytest.raises(WrongState):
        pause_phase(phase=phase, by=admin, at=at + HOUR)
    resume_phase(phase=phase, by=admin, at=at + 2 * HOUR)
    with pytest.raises(WrongState):
        resume_phase(phase=phase, by=admin, at=at + 2 * HOUR)
    phase.refresh_from_db()
    assert phase.all_pauses() == [(at + HOUR, at + 2 * HOUR)]
    assert phase.state == "running"


def test_a_stop_is_once_and_names_an_arm_of_the_phase(at: datetime) -> None:
    phase = started(draft(), at)
    admin = staff_user()
    with pytest.raises(ValueError, match="golden"):
        stop_phase(phase=phase, by=admin, at=at, winner="golden")
    stop_phase(phase=phase, by=admin, at=at + HOUR, winner="bold")
    with pytest.raises(WrongState):
        stop_phase(phase=phase, by=admin, at=at + HOUR)
    for step in (pause_phase, resume_phase):
        with pytest.raises(WrongState):
            step(phase=phase, by=admin, at=at + HOUR)


def test_a_restart_takes_a_new_split_and_seed(at: datetime) -> None:
    trial = draft()
    first = started(trial, at)
    second = restart_experiment(
        experiment=trial, weights_bp={"control": 2000, "bold": 8000}, by=staff_user(), at=at + HOUR, note="More of it"
    )
    first.refresh_from_db()
    assert (first.state, second.number) == ("ended", 2)
    assert second.seed != first.seed
    assert [arm["weight_bp"] for arm in second.arms] == [2000, 8000]
    assert [change.kind for change in trial.changes.all()] == ["started", "edited", "stopped", "started"]
    edited = Change.objects.get(kind="edited")
    assert edited.facts == {"weight of control": [5000, 2000], "weight of bold": [5000, 8000]}


def test_a_restart_that_cannot_start_changes_nothing(at: datetime) -> None:
    trial = draft()
    first = started(trial, at)
    with pytest.raises(NotReady):
        restart_experiment(experiment=trial, weights_bp={"bold": 5001}, by=staff_user(), at=at)
    first.refresh_from_db()
    assert first.state == "running"
    assert set(Arm.objects.values_list("weight_bp", flat=True)) == {5000}


def test_coverage_only_rises(at: datetime) -> None:
    phase = started(draft(coverage_bp=3000), at)
    admin = staff_user()
    increase_coverage(phase=phase, coverage_bp=5000, by=admin, at=at)
    for refused in (5000, 2000, 10_001):
        with pytest.raises(WrongState, match="can only rise"):
            increase_coverage(phase=phase, coverage_bp=refused, by=admin, at=at)
    assert Phase.objects.get().coverage_bp == Experiment.objects.get().coverage_bp == 5000


def test_a_new_phase_takes_the_place_of_a_winner(at: datetime) -> None:
    trial = draft()
    phase = started(trial, at)
    stop_phase(phase=phase, by=staff_user(), at=at, winner="bold")
    started(trial, at)
    phase.refresh_from_db()
    assert phase.winner == ""
    assert Change.objects.get(kind="stopped").facts == {"winner": ["", "bold"]}


@pytest.mark.django_db(transaction=True)
def test_two_admins_at_once_start_one_phase(at: datetime) -> None:
    trial = draft()

    def press(_: int) -> bool:
        try:
            start_experiment(experiment=Experiment.objects.get(pk=trial.pk), by=None, at=at)
        except NotReady:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(4) as admins:
        assert sum(admins.map(press, range(8))) == 1
    assert Phase.objects.count() == Change.objects.count() == 1


def test_how_many_run_is_told(at: datetime) -> None:
    phase = started(draft(), at)
    started(draft("other"), at)
    assert running_count() == 2
    pause_phase(phase=phase, by=None, at=at)
    invalidate_phase_cache()
    assert running_count() == 1
