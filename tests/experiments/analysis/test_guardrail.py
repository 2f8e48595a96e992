import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.analysis.guardrail import Direction, Limit, Reading, State, read
from experiments.analysis.samples import Binary, Mean
from tests.experiments.analysis.plain import arms, sent, untimed

REPORTS = Limit(Direction.MUST_NOT_RISE, 0.1)
PRACTICE = Limit(Direction.MUST_NOT_FALL, 0.1)


def reading(control: Binary, treatment: Binary, limit: Limit) -> Reading:
    return read(control.estimate(), treatment.estimate(), limit)


@pytest.mark.parametrize(
    ("limit", "converted", "state"),
    [
        (REPORTS, 200, State.OK),
        (REPORTS, 219, State.OK),
        (REPORTS, 240, State.WATCH),
        (REPORTS, 400, State.BREACHED),
        (REPORTS, 0, State.OK),
        (PRACTICE, 200, State.OK),
        (PRACTICE, 181, State.OK),
        (PRACTICE, 160, State.WATCH),
        (PRACTICE, 60, State.BREACHED),
        (PRACTICE, 900, State.OK),
    ],
)
def test_harm_is_watched_until_it_is_proven(limit: Limit, converted: int, state: State) -> None:
    assert reading(Binary(2_000, 200), Binary(2_000, converted), limit).state == state


def test_how_far_past_the_limit_is_told_in_the_metrics_units() -> None:
    assert reading(Binary(2_000, 200), Binary(2_000, 240), REPORTS).beyond == pytest.approx(0.01)
    assert reading(Binary(2_000, 200), Binary(2_000, 160), PRACTICE).beyond == pytest.approx(0.01)
    points = Limit(Direction.MUST_NOT_RISE, 0.03, is_relative=False)
    assert reading(Binary(2_000, 200), Binary(2_000, 240), points).beyond == pytest.approx(-0.01)


def test_a_mean_below_zero_has_a_limit_on_the_right_side() -> None:
    control, treatment = (Mean(1_000, total, 2_000_000).estimate() for total in (-10_000, -10_500))
    assert read(control, treatment, PRACTICE).beyond == pytest.approx(-0.5)
    assert read(control, treatment, REPORTS).beyond == pytest.approx(-1.5)


def test_nobody_is_stopped_before_enough_people_were_seen() -> None:
    few = reading(Binary(199, 0), Binary(5_000, 5_000), REPORTS)
    assert (few.state, few.p_value, few.reason) == (State.EARLY, None, "199 of the 200 people needed in each arm.")
    assert reading(Binary(200, 0), Binary(200, 200), REPORTS).state == State.BREACHED
    assert read(None, Binary(900, 0).estimate(), REPORTS).reason == "0 of the 200 people needed in each arm."


def test_control_at_zero_breaks_nothing() -> None:
    assert reading(Binary(500, 0), Binary(500, 0), REPORTS).state == State.OK
    assert reading(Binary(500, 0), Binary(500, 1), REPORTS).state == State.WATCH
    alike = Mean(500, 500, 500).estimate()
    twice = read(alike, Mean(500, 1_000, 2_000).estimate(), REPORTS)
    assert (twice.state, twice.p_value, twice.reason) == (
        State.WATCH,
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
            reading(Binary(400 * day, a), Binary(400 * day, b), REPORTS).state
            for day, (a, b) in enumerate(zip(control, treatment, strict=True), 1)
        )
        stopped += State.BREACHED in seen
    assert 0 < stopped / 1_000 <= 0.05


@untimed
@given(arms(10**6), arms(10**6), st.sampled_from(Direction), st.floats(0, 2), st.booleans())
def test_any_counts_give_numbers_that_can_be_sent(
    control: Binary, treatment: Binary, direction: Direction, size: float, is_relative: bool
) -> None:
    assert sent(reading(control, treatment, Limit(direction, size, is_relative, least_units=1)))
