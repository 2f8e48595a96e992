"""Numbers too wide to tell are absent: no plan and no count breaks a page, an export or the guardrail task."""

import json
from dataclasses import asdict
from datetime import datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.analysis import means, proportions
from experiments.analysis.guardrail import GuardrailDirection, GuardrailLimit, evaluate_guardrail
from experiments.analysis.samples import BinarySample, MeanSample, UnitEstimate
from experiments.analysis.sequential import confidence_sequence, tuned_units
from experiments.models import Metric
from experiments.services.guardrail_monitor import monitor_running_phases
from tests.experiments.analysis.plain import arms, sent, untimed
from tests.experiments.trials import DAY, draft, fill, staff_user, started
from tests.factories import browser

PLANS = (50, 1_400_000, 2_147_483_647)


@pytest.mark.django_db
@pytest.mark.parametrize("planned", PLANS)
def test_a_page_of_a_huge_plan_opens_on_the_first_day(at: datetime, planned: int) -> None:
    trial = draft(planned_units=planned)
    phase = started(trial, at)
    for arm in ("control", "bold"):
        fill(phase, arm, 2, 1, at, metric=trial.metrics.get())
    staff = browser(staff_user())
    for address in ("", "results.csv", "results.json"):
        assert staff.get(f"/experiments/copy/{address}").status_code == 200
    [bold] = [arm for arm in staff.get("/experiments/copy/results.json").json()["metrics"][0]["arms"] if arm["fixed"]]
    assert bold["watched"]["interval"] == {"low": -1.0, "high": 1.0}
    assert (bold["watched"]["lift_interval"] is None) == (planned > 50)  # at 1,400,000 it would end at e to the 2,000


@pytest.mark.django_db
def test_a_huge_plan_is_watched_like_any_other(at: datetime) -> None:
    """The harm is beyond doubt, so that even a test that is tuned far too wide finds it."""
    trial = draft(planned_units=1_400_000)
    guard = {"role": "guardrail", "limit": 0.1, "is_more_better": False}
    dismissed = Metric.objects.create(experiment=trial, title="Sent away", event="prompt_dismissed", **guard)
    phase = started(trial, at)
    fill(phase, "control", 2000, 100, at, metric=dismissed)
    fill(phase, "bold", 2000, 1900, at, metric=dismissed)
    fill(phase, "other", 2, 1, at, metric=trial.metrics.get(role="primary"))
    assert monitor_running_phases(at=at + DAY) == 1


def test_a_difference_of_shares_stays_within_100_points() -> None:
    for converted, planned in product(((1, 1), (0, 2), (2, 0), (2, 2), (0, 0)), PLANS):
        fixed = proportions.compare(*(BinarySample(2, count) for count in converted))
        seen = confidence_sequence(fixed, units=4, tuned=tuned_units(planned))
        assert seen.interval is not None
        assert -1 <= seen.interval.low <= seen.interval.high <= 1


@untimed
@given(arms(10**9), arms(10**9), st.integers(1, 2**32), st.floats(1e-6, 0.2))
def test_any_counts_plan_and_level_give_numbers(
    control: BinarySample, treatment: BinarySample, tuned: int, alpha: float
) -> None:
    fixed = proportions.compare(control, treatment, alpha=alpha)
    seen = confidence_sequence(fixed, units=control.units + treatment.units, tuned=tuned, alpha=alpha)
    assert sent(fixed, seen)
    json.dumps(asdict(seen), allow_nan=False)
    for one in (fixed, seen):
        assert one.interval is None or -1 <= one.interval.low <= one.interval.high <= 1


@untimed
@given(st.integers(2, 50), st.floats(0, 1e6), st.floats(1e-9, 0.2), st.integers(1, 2**32))
def test_any_mean_plan_and_level_give_numbers(units: int, total: float, alpha: float, tuned: int) -> None:
    here, there = MeanSample(units, total, total * total), MeanSample(2, 1.0, 1.0)
    fixed = means.compare(here, there, alpha=alpha)
    assert sent(fixed, confidence_sequence(fixed, units=units + 2, tuned=tuned, alpha=alpha))


@untimed
@given(st.integers(1, 10**9), st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e12), st.integers(1, 2**32))
def test_any_guardrail_gives_a_result(units: int, here: float, there: float, variance: float, tuned: int) -> None:
    limit = GuardrailLimit(GuardrailDirection.MUST_NOT_RISE, 0.1, min_units=1)
    control, treatment = UnitEstimate(units, here, variance), UnitEstimate(units, there, variance)
    assert sent(evaluate_guardrail(control, treatment, limit, tuned=tuned))
