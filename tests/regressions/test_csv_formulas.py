"""A spreadsheet runs no cell of a download: text that begins like a formula is guarded, and numbers stay numbers."""

import csv
from datetime import date, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from asgiref.sync import async_to_sync

from experiments.models import Arm
from monitoring.growth.queries.csv_export import count_lines
from monitoring.growth.rules.counting import day_of
from monitoring.growth.rules.filters import DashboardFilter
from monitoring.growth.services import rollup
from tests.experiments.trials import draft, fill, staff_user, started
from tests.factories import browser
from tests.monitoring.growth.factories import decided, loop
from viral_engine.csv_lines import csv_line

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
STARTS += ["\ufe66", "\ufe62", "\ufe63", "\ufe6b"]  # small forms
STARTS += ["\u200b=", "\ufeff=", "\u2060+", "\u202e@", "\x00=", "\u200b \u200d-"]  # drawn as nothing


@pytest.mark.parametrize("start", STARTS)
def test_text_that_begins_like_a_formula_is_guarded(start: str) -> None:
    [row] = csv.reader(StringIO(csv_line(["plain", f"{start}1+1"]), newline=""))
    assert row == ["plain", f"'{start}1+1"]


def test_numbers_dates_and_missing_values_stay_what_they_are() -> None:
    assert csv_line([-5, -0.25, None, date(2026, 3, 5), True, "a-b"]) == "-5,-0.25,,2026-03-05,True,a-b\r\n"


@pytest.mark.django_db
@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_the_title_of_an_arm_is_no_formula(start: str, at: datetime) -> None:
    trial = draft()
    Arm.objects.filter(experiment=trial, key="bold").update(title=f"{start}HYPERLINK(1)")
    phase = started(trial, at)
    fill(phase, "control", 50, 20, at, metric=trial.metrics.get())
    fill(phase, "bold", 50, 10, at, metric=trial.metrics.get())
    with time_machine.travel(at + timedelta(days=7)):
        text = browser(staff_user()).get("/experiments/copy/results.csv").content.decode()
    rows = list(csv.DictReader(StringIO(text)))
    assert [row["arm"] for row in rows] == ["Control", f"'{start}HYPERLINK(1)"]
    assert float(rows[1]["difference"]) == pytest.approx(-0.2)


@pytest.mark.django_db
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_reason_on_a_dashboard_is_no_formula(start: str, at: datetime) -> None:
    loop("buddy_challenge")
    decided(at, "trust_safety", "refuse", f"{start}1+1")
    rollup.count_decisions(at=at)

    async def read() -> list[str]:
        return [csv_line(line) async for line in count_lines("guardrails", DashboardFilter(), day_of(at))]

    [_, row] = csv.reader(StringIO("".join(async_to_sync(read)()), newline=""))
    assert row[4] == f"'{start}1+1"
