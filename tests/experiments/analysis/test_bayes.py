from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from experiments.analysis import bayes
from experiments.analysis.samples import BinarySample
from tests.experiments.analysis.plain import CONTROL, TREATMENT, arms, sent


def exact_chance_to_beat(control: BinarySample, treatment: BinarySample) -> float:
    """The closed sum in whole numbers: which of the treatment's order statistics control's rate falls below."""
    failures = control.units - control.conversions, treatment.units - treatment.conversions
    ways = sum(
        comb(control.conversions + i, i) * comb(sum(failures) + 1 + treatment.conversions - i, failures[0])
        for i in range(treatment.conversions + 1)
    )
    return float(Fraction(ways, comb(control.units + treatment.units + 2, control.units + 1)))


def test_the_worked_example() -> None:
    assert bayes.probability_to_beat(CONTROL, TREATMENT) == pytest.approx(0.9708376637, abs=5e-11)


def test_no_data_is_a_coin() -> None:
    assert bayes.probability_to_beat(BinarySample(0, 0), BinarySample(0, 0)) == pytest.approx(0.5, abs=1e-12)
    assert bayes.probability_to_beat(BinarySample(0, 0), BinarySample(1, 1)) == pytest.approx(2 / 3, abs=1e-12)


def test_large_counts_stay_exact() -> None:
    """Both arms alike: one half, by symmetry; a million units peak between any coarse nodes."""
    alike = BinarySample(10**6, 50_000)
    assert bayes.probability_to_beat(alike, alike) == pytest.approx(0.5, abs=1e-11)
    narrow, wide = BinarySample(10**7, 3 * 10**6), BinarySample(1, 0)
    assert bayes.probability_to_beat(narrow, wide) == pytest.approx(0.49, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(arms(60), arms(2_000))
def test_the_integral_is_the_closed_sum(control: BinarySample, treatment: BinarySample) -> None:
    expected = exact_chance_to_beat(control, treatment)
    assert bayes.probability_to_beat(control, treatment) == pytest.approx(expected, abs=1e-11)


def test_losses_differ_by_what_the_arms_differ() -> None:
    control, treatment = bayes.win_probabilities([CONTROL, TREATMENT])
    assert control.best + treatment.best == pytest.approx(1, abs=1e-11)
    assert control.expected_loss - treatment.expected_loss == pytest.approx(60 / 10_002, abs=1e-12)
    assert treatment.expected_loss == pytest.approx(3.5674570e-05, abs=1e-11)


def test_three_arms_agree_with_what_is_drawn() -> None:
    trio = [BinarySample(200, 20), BinarySample(100, 14), BinarySample(40, 3)]
    drawn = np.random.default_rng(3).beta([21, 15, 4], [181, 87, 38], size=(400_000, 3))
    seen = bayes.win_probabilities(trio)
    wins = np.bincount(drawn.argmax(axis=1), minlength=3) / 400_000
    assert [one.best for one in seen] == pytest.approx(wins.tolist(), abs=0.003)
    losses = (drawn.max(axis=1)[:, None] - drawn).mean(axis=0)
    assert [one.expected_loss for one in seen] == pytest.approx(losses.tolist(), abs=3e-4)
    assert sum(one.best for one in seen) == pytest.approx(1, abs=1e-11)


def test_the_plotted_density_is_the_betas() -> None:
    points = bayes.posterior_density(CONTROL, points=11)
    rates = [point.rate for point in points]
    assert [point.density for point in points] == pytest.approx(stats.beta(501, 9_501).pdf(rates).tolist(), rel=1e-9)
    seen = bayes.credible_interval(CONTROL)
    assert (seen.low, seen.high) == pytest.approx(stats.beta(501, 9_501).ppf([0.025, 0.975]).tolist(), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.lists(arms(10**9), min_size=1, max_size=4))
def test_any_counts_give_numbers_that_can_be_sent(several: list[BinarySample]) -> None:
    seen = bayes.win_probabilities(several)
    assert sent(*seen, bayes.credible_interval(several[0]), *bayes.posterior_density(several[0], points=5))
    assert sum(one.best for one in seen) == pytest.approx(1, abs=1e-5)
    assert all(one.expected_loss >= 0 for one in seen)
