import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.analysis.guardrail import (
    GuardrailDirection,
    GuardrailLimit,
    GuardrailResult,
    GuardrailState,
    evaluate_guardrail,
)
from experiments.analysis.samples import BinarySample, MeanSample
from tests.experiments.analysis.plain import arms, sent, untimed

REPORTS = GuardrailLimit(GuardrailDirection.MUST_NOT_RISE, 0.1)
PRACTICE = GuardrailLimit(GuardrailDirection.MUST_NOT_FALL, 0.1)


def reading(control: BinarySample, treatment: BinarySample, limit: GuardrailLimit) -> GuardrailResult:
    return evaluate_guardrail(control.estimate(), treatment.estimate(), limit)


@pytest.mark.parametrize(
    ("limit", "converted", "state"),
    [
        (REPORTS, 200, GuardrailState.OK),
        (REPORTS, 219, GuardrailState.OK),
        (REPORTS, 240, GuardrailState.WATCH),
        (REPORTS, 400, GuardrailState.BREACHED),
        (REPORTS, 0, GuardrailState.OK),
        (PRACTICE, 200, GuardrailState.OK),
        (PRACTICE, 181, GuardrailState.OK),
        (PRACTICE, 160, GuardrailState.WATCH),
        (PRACTICE, 60, GuardrailState.BREACHED),
        (PRACTICE, 900, GuardrailState.OK),
    ],
)
def test_harm_is_watched_until_it_is_proven(limit: GuardrailLimit, converted: int, state: GuardrailState) -> None:
    assert reading(BinarySample(2_000, 200), BinarySample(2_000, converted), limit).state == state


def test_how_far_past_the_limit_is_told_in_the_metrics_units() -> None:
    assert reading(BinarySample(2_000, 200), BinarySample(2_000, 240), REPORTS).beyond == pytest.approx(0.01)
    assert reading(BinarySample(2_000, 200), BinarySample(2_000, 160), PRACTICE).beyond == pytest.approx(0.01)
    points = GuardrailLimit(GuardrailDirection.MUST_NOT_RISE, 0.03, is_relative=False)
    assert reading(BinarySample(2_000, 200), BinarySample(2_000, 240), points).beyond == pytest.approx(-0.01)


def test_a_mean_below_zero_has_a_limit_on_the_right_side() -> None:
    control, treatment = (MeanSample(1_000, total, 2_000_000).estimate() for total in (-10_000, -10_500))
    assert evaluate_guardrail(control, treatment, PRACTICE).beyond == pytest.approx(-0.5)
    assert evaluate_guardrail(control, treatment, REPORTS).beyond == pytest.approx(-1.5)


def test_nobody_is_stopped_before_enough_people_were_seen() -> None:
    few = reading(BinarySample(199, 0), BinarySample(5_000, 5_000), REPORTS)
    assert (few.state, few.p_value, few.reason) == (
        GuardrailState.EARLY,
        None,
        "199 of the 200 people needed in each arm.",
    )
    assert reading(BinarySample(200, 0), BinarySample(200, 200), REPORTS).state == GuardrailState.BREACHED
    assert (
        evaluate_guardrail(None, BinarySample(900, 0).estimate(), REPORTS).reason
        == "0 of the 200 people needed in each arm."
    )


def test_control_at_zero_breaks_nothing() -> None:
    assert reading(BinarySample(500, 0), BinarySample(500, 0), REPORTS).state == GuardrailState.OK
    assert reading(BinarySample(500, 0), BinarySample(500, 1), REPORTS).state == GuardrailState.WATCH
    alike = MeanSample(500, 500, 500).estimate()
    twice = evaluate_guardrail(alike, MeanSample(500, 1_000, 2_000).estimate(), REPORTS)
    assert (twice.state, twice.p_value, twice.reason) == (
        GuardrailState.WATCH,
        None,
        "Past its limit; this may still be chance.",
    )


def test_an_arm_at_its_limit_is_stopped_no_oftener_than_agreed() -> None:
    dice = np.random.default_rng(17)
    stopped = 0
    for _ in range(1_000):
        control, treatment = (
            dice.binomial(400, 0.1, 14).cumsum().tolist(),
            dice.binomial(400, 0.11, 14).cumsum().tolist(),
        )
        seen = (
            reading(BinarySample(400 * day, a), BinarySample(400 * day, b), REPORTS).state
            for day, (a, b) in enumerate(zip(control, treatment, strict=True), 1)
        )
        stopped += GuardrailState.BREACHED in seen
    assert 0 < stopped / 1_000 <= 0.05


@untimed
@given(arms(10**6), arms(10**6), st.sampled_from(GuardrailDirection), st.floats(0, 2), st.booleans())
def test_any_counts_give_numbers_that_can_be_sent(
    control: BinarySample, treatment: BinarySample, direction: GuardrailDirection, size: float, is_relative: bool
) -> None:
    assert sent(reading(control, treatment, GuardrailLimit(direction, size, is_relative, min_units=1)))
