from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from experiments.models import Arm, Change, Experiment
from tests.experiments.trials import draft, staff_user, started
from tests.steps.admin import experiment_form

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(staff_user())
    return client


def test_an_admin_defines_an_experiment(staff: Client) -> None:
    answer = staff.post("/admin/experiments/experiment/add/", experiment_form())
    assert answer.status_code == 302, answer.context["errors"]
    assert list(Arm.objects.values_list("key", "weight_bp", "is_control")) == [
        ("control", 5000, True),
        ("bold", 5000, False),
    ]
    assert Experiment.objects.get().metrics.get().event == "invite_sent"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"arms-1-weight_bp": 4000}, "Weights add up to 9000"),
        ({"arms-1-weight_bp": -5000}, "greater than or equal to 0"),
        ({"arms-1-weight_bp": "NaN"}, "whole number"),
        ({"arms-1-is_control": "on"}, "one arm as the control"),
        ({"arms-1-params": "[1]"}, "one JSON object"),
        ({"metrics-0-role": "guardrail"}, "needs a limit"),
        ({"metrics-0-pre_days": 7}, "Only a mean"),
        ({"metrics-0-event": "moon_rose"}, "not one of the available choices"),
        ({"grades": '["seven"]'}, "list of numbers"),
        ({"coverage_bp": 10_001}, "less than or equal to 10000"),
    ],
)
def test_what_makes_no_sense_is_refused_with_words(staff: Client, changed: dict[str, Any], message: str) -> None:
    answer = staff.post("/admin/experiments/experiment/add/", experiment_form(**changed))
    assert answer.status_code == 200
    assert message in answer.content.decode()
    assert not Experiment.objects.exists()


def test_an_edit_is_in_the_decision_log(staff: Client) -> None:
    trial = draft()
    changed = {"title": "Other", "arms-1-params": '{"word": "loud"}'}
    answer = staff.post(f"/admin/experiments/experiment/{trial.pk}/change/", experiment_form(trial, **changed))
    assert answer.status_code == 302, answer.context["errors"]
    change = Change.objects.get()
    assert change.by is not None
    assert change.facts["title"] == ["Copy", "Other"]
    assert change.facts["arm Bold: params"] == [{"word": "bold"}, {"word": "loud"}]


def test_the_split_of_an_open_phase_cannot_be_edited(staff: Client, at: datetime) -> None:
    trial = draft()
    started(trial, at)
    page = staff.get(f"/admin/experiments/experiment/{trial.pk}/change/").content.decode()
    assert 'name="arms-0-weight_bp"' not in page
    assert 'name="coverage_bp"' not in page
    changed = {"arms-0-weight_bp": 1000, "arms-1-weight_bp": 9000, "title": "Other words", "coverage_bp": 1}
    staff.post(f"/admin/experiments/experiment/{trial.pk}/change/", experiment_form(trial, **changed))
    trial.refresh_from_db()
    assert (trial.title, trial.coverage_bp) == ("Other words", 10_000)
    assert set(Arm.objects.values_list("weight_bp", flat=True)) == {5000}


def test_what_ran_cannot_be_deleted(staff: Client, at: datetime) -> None:
    trial = draft()
    started(trial, at)
    assert staff.post(f"/admin/experiments/experiment/{trial.pk}/delete/", {"post": "yes"}).status_code == 403
