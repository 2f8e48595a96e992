import csv
import json
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.test import Client

from experiments.models import Change, Experiment, Phase
from experiments.services.lifecycle import restart_experiment
from tests.experiments.trials import draft, fill, staff_user, started
from tests.factories import browser, counting, person, statements
from viral_engine.accounts.models import User

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def staff() -> Client:
    return browser(staff_user())


def finished_trial(at: datetime, **fields: Any) -> Experiment:
    trial = draft(planned_units=500, **fields)
    phase = started(trial, at)
    fill(phase, "control", 500, 50, at, metric=trial.metrics.get())
    fill(phase, "bold", 500, 120, at, metric=trial.metrics.get())
    return trial


def test_pages_exist_for_staff_with_the_permission_alone(at: datetime) -> None:
    draft()
    learner = browser(person("Ada", at=at))
    for address in ("/experiments/", "/experiments/copy/", "/experiments/power/", "/experiments/copy/results.csv"):
        assert Client().get(address).status_code == 404
        assert learner.get(address).status_code == 404
    helper = person("Cy", at=at)
    helper.is_staff = True
    helper.save(update_fields=["is_staff"])
    assert browser(helper).get("/experiments/").status_code == 403
    helper.user_permissions.add(Permission.objects.get(codename="view_experiment"))
    assert browser(helper).get("/experiments/").status_code == 200
    assert browser(helper).post("/experiments/copy/start/").status_code == 403


def test_the_list_shows_what_runs_first(staff: Client, at: datetime) -> None:
    assert "No experiments yet" in staff.get("/experiments/").content.decode()
    draft("drafted")
    started(draft("running"), at)
    page = staff.get("/experiments/").content.decode()
    assert page.index("Running") < page.index("Drafted")


def test_a_draft_says_what_is_missing_and_starts(staff: Client) -> None:
    draft(weights_bp={"control": 5000, "bold": 4000})
    page = staff.get("/experiments/copy/").content.decode()
    assert "Weights add up to 9000" in page
    assert "Start</button>" not in page
    refused = staff.post("/experiments/copy/start/", follow=True).content.decode()
    assert "Nothing changed. Weights add up to 9000" in refused


def test_an_experiment_goes_through_its_life(staff: Client) -> None:
    draft(coverage_bp=3000)
    assert "Experiment started." in staff.post("/experiments/copy/start/", {"note": "Go"}, follow=True).content.decode()
    assert "Paused" in staff.post("/experiments/copy/pause/", follow=True).content.decode()
    assert "Only a running phase" in staff.post("/experiments/copy/pause/", follow=True).content.decode()
    assert "Experiment resumed" in staff.post("/experiments/copy/resume/", follow=True).content.decode()
    assert (
        "Coverage raised" in staff.post("/experiments/copy/widen/", {"coverage_bp": 5000}, follow=True).content.decode()
    )
    assert "only rise" in staff.post("/experiments/copy/widen/", {"coverage_bp": 4000}, follow=True).content.decode()
    split = {"weight_control": 2000, "weight_bold": 8000, "note": "Bolder"}
    assert "A new phase" in staff.post("/experiments/copy/restart/", split, follow=True).content.decode()
    bad = split | {"weight_bold": 7000}
    assert "Weights add up to 9000" in staff.post("/experiments/copy/restart/", bad, follow=True).content.decode()
    stop = {"winner": "bold", "note": "Clear enough"}
    page = staff.post("/experiments/copy/stop/", stop, follow=True).content.decode()
    assert "Clear enough" in page
    assert Phase.objects.get(number=2).winner == "bold"
    assert list(Change.objects.values_list("kind", flat=True)) == [
        "stopped", "started", "edited", "stopped", "widened", "resumed", "paused", "started",
    ]  # fmt: skip


def test_an_unknown_winner_is_refused(staff: Client, at: datetime) -> None:
    started(draft(), at)
    page = staff.post("/experiments/copy/stop/", {"winner": "golden", "note": "x"}, follow=True).content.decode()
    assert "golden is not one of the available choices" in page
    assert Phase.objects.get().state == "running"


def test_results_show_numbers_verdict_and_pictures(staff: Client, at: datetime) -> None:
    finished_trial(at)
    with time_machine.travel(at + 7 * DAY):
        page = staff.get("/experiments/copy/").content.decode()
    assert "Bold is better than Control." in page
    assert "+140.00%" in page
    assert "10.00%" in page
    assert page.count("<figure") == 4
    assert "Traffic matches the configured split" in page


def test_results_cost_the_same_at_any_size(staff: Client, at: datetime) -> None:
    counts = []
    for key, units in (("few", 3), ("many", 60)):
        trial = draft(key)
        phase = started(trial, at)
        fill(phase, "control", units, 1, at, metric=trial.metrics.get())
        for days in (1, 9):
            with time_machine.travel(at + days * DAY), counting() as captured:
                staff.get(f"/experiments/{key}/")
            counts.append(len(statements(captured)))
    assert counts == [8, 8, 8, 8]


def test_numbers_are_exported(staff: Client, at: datetime) -> None:
    finished_trial(at)
    with time_machine.travel(at + 7 * DAY):
        rows = list(csv.DictReader(StringIO(staff.get("/experiments/copy/results.csv").content.decode())))
        exported = json.loads(staff.get("/experiments/copy/results.json?phase=1").content)
    assert [(row["arm"], row["units"], row["conversions"]) for row in rows] == [
        ("Control", "500", "50"),
        ("Bold", "500", "120"),
    ]
    assert float(rows[1]["lift"]) == pytest.approx(1.4)
    assert (exported["verdict"]["kind"], exported["days"], len(exported["by_day"]["bold"])) == ("winner", 7, 7)
    assert [(metric["part"], metric["event"]) for metric in exported["metrics"]] == [("primary", "invite_sent")]
    assert staff.get("/experiments/copy/results.csv?phase=9").status_code == 404


def test_an_empty_phase_is_exported_without_nan(staff: Client, at: datetime) -> None:
    started(draft(), at)
    assert "NaN" not in staff.get("/experiments/copy/results.json").content.decode()
    assert staff.get("/experiments/copy/").status_code == 200


def test_an_earlier_phase_can_be_read(staff: Client, at: datetime) -> None:
    trial = finished_trial(at)
    restart_experiment(experiment=trial, weights_bp={}, by=User.objects.get(username="clerk"), at=at + DAY)
    assert "<td>500</td>" in staff.get("/experiments/copy/?phase=1").content.decode()
    assert "<td>500</td>" not in staff.get("/experiments/copy/").content.decode()
    assert staff.get("/experiments/copy/?phase=nonsense").status_code == 200


def test_the_power_calculator_answers_in_people_and_weeks(staff: Client) -> None:
    asked: dict[str, Any] = {
        "base": 5,
        "target": 5.6,
        "power": 80,
        "alpha": 5,
        "arms": 2,
        "daily_units": 1000,
        "coverage": 100,
    }
    page = staff.get("/experiments/power/", asked).content.decode()
    assert "21,885 people in each arm" in page
    assert "<b>49 days</b>" in page
    assert "no test can tell" in staff.get("/experiments/power/", asked | {"target": 5}).content.decode()
    assert "greater than or equal to" in staff.get("/experiments/power/", asked | {"arms": 1}).content.decode()
