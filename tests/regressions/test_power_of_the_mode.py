"""The size is planned for the kind of test, and a running test says what it can see."""

from datetime import datetime
from math import sqrt
from typing import Any

import numpy as np
import pytest
import time_machine
from django.test import Client

from experiments.analysis import power, sequential
from experiments.services.results import get_results
from tests.experiments.trials import DAY, draft, fill, staff_user, started
from tests.factories import browser

RUNS = 20_000


def simulated_power(units: int, base: float, target: float, *, looks: int, alpha: float = 0.05) -> float:
    """The share of sequential tests that are proven at one of their evenly spaced looks."""
    dice = np.random.default_rng(3)
    ends = np.linspace(0, units, looks + 1).astype(int)
    sizes = np.diff(ends)
    counts = [dice.binomial(sizes, rate, size=(RUNS, looks)).cumsum(axis=1) for rate in (base, target)]
    seen = [(count + 1) / (ends[1:] + 2) for count in counts]
    errors = np.sqrt(sum(rate * (1 - rate) for rate in seen) / ends[1:])
    z = (counts[1] - counts[0]) / ends[1:] / errors
    reach = [sequential.half_width_in_errors(units=2 * int(n), tuned=2 * units, at=alpha) for n in ends[1:]]
    return float((z > np.array(reach)).any(axis=1).mean())


@pytest.mark.parametrize("looks", [1, 4, 12, 28])
def test_a_planned_sequential_test_has_its_power(looks: int) -> None:
    units = power.units_for_rates(0.05, 0.056, is_sequential=True, looks=looks)
    assert units is not None
    assert simulated_power(units, 0.05, 0.056, looks=looks) == pytest.approx(0.8, abs=0.012)


def test_the_fixed_size_gives_a_sequential_test_half_of_its_power() -> None:
    assert power.units_for_rates(0.05, 0.056) == 21_885
    assert 0.44 < simulated_power(21_885, 0.05, 0.056, looks=28) < 0.56
    assert 1.65 < power.inflation(looks=28) < power.inflation(looks=12) < 1.8 < power.inflation(looks=4) < 1.9


def test_more_comparisons_need_more_people() -> None:
    one = power.units_for_rates(0.05, 0.056, is_sequential=True)
    three = power.units_for_rates(0.05, 0.056, alpha=0.05 / 3, is_sequential=True)
    assert one is not None
    assert three is not None
    assert three > 1.15 * one
    assert simulated_power(three, 0.05, 0.056, looks=12, alpha=0.05 / 3) == pytest.approx(0.8, abs=0.012)


@pytest.fixture
def staff(db: None) -> Client:
    return browser(staff_user())


FORM: dict[str, Any] = {
    "base": 5,
    "target": 5.6,
    "power": 80,
    "alpha": 5,
    "arms": 2,
    "daily_units": 1000,
    "coverage": 100,
}


def test_the_calculator_plans_for_the_mode(staff: Client) -> None:
    page = staff.get("/experiments/power/", FORM | {"mode": "fixed"}).content.decode()
    assert "<b>21,885 people in each arm</b>" in page
    assert "Enter 21,885 as" in page
    page = staff.get("/experiments/power/", FORM | {"mode": "sequential"}).content.decode()
    assert "<b>38,722 people in each arm</b>" in page
    assert "Enter 38,722 as" in page
    assert staff.get("/experiments/power/", FORM).content.decode().count("Enter 38,722 as") == 1  # the default mode
    four = staff.get("/experiments/power/", FORM | {"mode": "fixed", "arms": 4}).content.decode()
    assert "<b>29,191 people in each arm</b>" in four
    assert staff.get("/experiments/power/", FORM | {"mode": "guess"}).context["form"].errors.keys() == {"mode"}


@pytest.mark.django_db
@pytest.mark.parametrize(("is_sequential", "now", "full"), [(False, 53.0, 37.48), (True, 71.9, 49.9)])
def test_a_running_test_says_what_it_can_see(
    at: datetime,
    is_sequential: bool,
    now: float,
    full: float,
) -> None:
    trial = draft(planned_units=1000, is_sequential=is_sequential)
    phase = started(trial, at)
    fill(phase, "control", 500, 50, at, metric=trial.metrics.get())
    fill(phase, "bold", 520, 52, at, metric=trial.metrics.get())
    progress = get_results("copy", at=at + 3 * DAY).report.progress
    assert (progress.units, progress.planned_units, progress.share) == (500, 1000, 0.5)
    assert 100 * (progress.effect_now or 0) == pytest.approx(now, abs=0.1)
    assert 100 * (progress.effect_at_plan or 0) == pytest.approx(full, abs=0.1)
    with time_machine.travel(at + 3 * DAY):
        page = browser(staff_user()).get("/experiments/copy/").content.decode()
    assert "<b>500 of 1,000</b>" in page
    assert f"<b>{now:.0f}%</b> or more." in page
    assert f"<b>{full:.0f}%</b> or more." in page


def test_what_it_sees_is_what_the_calculator_plans() -> None:
    """At the planned size both agree: the effect of the plan is the one that is detected."""
    units = power.units_for_rates(0.05, 0.056, is_sequential=True) or 0
    error = sqrt(2 * 0.053 * 0.947 / units)
    assert error * power.detectable_errors() == pytest.approx(0.006, rel=0.01)


@pytest.mark.django_db
def test_an_empty_test_says_nothing_of_effects(at: datetime) -> None:
    started(draft(), at)
    page = browser(staff_user()).get("/experiments/copy/").content.decode()
    assert "<b>0 of 1,000</b>" in page
    assert "or more." not in page
