"""Intervals say their level, kind and test, and exclude zero exactly where the verdict says "different"."""

from datetime import datetime
from itertools import product

import numpy as np
import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from experiments.analysis import means, proportions
from experiments.analysis.agreement import agree
from experiments.analysis.bayes import win_probabilities
from experiments.analysis.multiple_testing import holm, holm_alphas
from experiments.analysis.samples import BinarySample, Comparison, Interval, MeanSample
from experiments.analysis.sequential import confidence_sequence
from experiments.models import Metric
from experiments.services.results import get_results
from tests.experiments.analysis.plain import arms, untimed
from tests.experiments.trials import DAY, draft, fill, staff_user, started
from tests.factories import browser
from viral_engine import formatting


def excludes_zero(ends: Interval | None) -> bool:
    return ends is not None and not ends.low <= 0 <= ends.high


def holds(seen: Comparison) -> bool:
    """Both intervals that are there exclude zero if p is below the level, and contain it if not."""
    if seen.p_value is None:
        return True
    proven = seen.p_value < 1 - seen.level
    return all(excludes_zero(ends) == proven for ends in (seen.interval, seen.lift_interval) if ends is not None)


def test_near_the_limit_test_and_interval_disagree_unless_they_are_made_to() -> None:
    """Of all small tables, Newcombe's and Katz's intervals contradict the z test of some."""
    contradictions = 0
    for here, there, alpha in product(range(5, 60, 3), range(5, 60, 3), (0.05, 0.025, 0.05 / 3)):
        seen = proportions.compare(BinarySample(120, here), BinarySample(110, there), alpha=alpha)
        contradictions += not holds(seen)
        assert holds(agree(seen))
    assert contradictions > 3


@untimed
@given(arms(2_000), arms(2_000), st.floats(0.001, 0.2), st.booleans())
def test_any_shares_agree(control: BinarySample, treatment: BinarySample, alpha: float, watched: bool) -> None:
    seen = proportions.compare(control, treatment, alpha=alpha)
    if watched:
        seen = confidence_sequence(seen, units=control.units + treatment.units, tuned=2_000, alpha=alpha)
    assert holds(agree(seen))


@untimed
@given(st.integers(2, 40), st.integers(1, 400), st.integers(1, 400), st.floats(0.001, 0.2))
def test_any_means_agree(units: int, here: int, there: int, alpha: float) -> None:
    control, treatment = (MeanSample(units, total, total * total) for total in (here, there))
    assert holds(agree(means.compare(control, treatment, alpha=alpha)))


def test_the_published_example_stays_as_it_was() -> None:
    seen = agree(proportions.compare(BinarySample(10_000, 500), BinarySample(10_000, 560)))
    assert seen.p_value == pytest.approx(0.0582578060)
    assert seen.interval is not None
    assert seen.lift_interval is not None
    assert (seen.interval.low, seen.interval.high) == pytest.approx((-0.0002126667, 0.0122223557), abs=1e-9)
    assert (seen.lift_interval.low, seen.lift_interval.high) == pytest.approx((-0.0040, 0.2595), abs=5e-5)
    assert (seen.interval_name, seen.test_name) == ("95% confidence interval", "z-test")


@untimed
@given(st.lists(st.floats(1e-9, 1.0), min_size=1, max_size=8))
def test_levels_of_steps_reject_what_holm_rejects(p_values: list[float]) -> None:
    family = dict(enumerate(p_values))
    alphas, adjusted = holm_alphas(family, 0.05), holm(family)
    rejected, expected, *_ = multipletests(p_values, alpha=0.05, method="holm")
    ours = [p < alphas[n] for n, p in family.items()]
    if all(abs(p - 0.05 / k) > 1e-9 for p in p_values for k in range(1, 9)):
        assert ours == list(rejected)
    assert [adjusted[n] for n in family] == pytest.approx(list(expected))


@pytest.mark.django_db
@pytest.mark.parametrize("is_sequential", [False, True])
def test_with_several_arms_no_interval_contradicts_the_verdict(at: datetime, is_sequential: bool) -> None:
    """Alone, each arm would be different (p 0.03); among three it is not proven."""
    weights = {"control": 2500, "one": 2500, "two": 2500, "three": 2500}
    trial = draft(weights_bp=weights, is_sequential=is_sequential, planned_units=1000)
    phase = started(trial, at)
    for arm, converted in (("control", 100), ("one", 131), ("two", 130), ("three", 129)):
        fill(phase, arm, 1000, converted, at, metric=trial.metrics.get())
    report = get_results("copy", at=at + 7 * DAY).report
    assert report.verdict.kind == "no_difference"
    for one in report.primary.arms[1:]:
        assert one.fixed is not None
        assert one.deciding is not None
        assert (one.fixed.p_value or 1) < 0.05 < (one.p_value or 0)
        assert not excludes_zero(one.deciding.interval)
        assert not excludes_zero(one.deciding.lift_interval)
    with time_machine.travel(at + 7 * DAY):
        page = browser(staff_user()).get("/experiments/copy/").content.decode()
    kind = "sequence" if is_sequential else "interval"
    assert page.count(f"98.3% confidence {kind}") >= 3
    assert "among 3 comparisons (Holm)" in page
    assert f"(98.3% confidence {kind})." in " ".join(report.verdict.reasons)


@pytest.mark.django_db
def test_random_experiments_never_contradict_themselves(at: datetime) -> None:
    """Arms, goals and kinds at random: each proven comparison excludes zero, and no other does."""
    dice = np.random.default_rng(5)
    for number in range(12):
        key = f"trial-{number}"
        weights = {"control": 3334, "one": 3333, "two": 3333}
        trial = draft(key, weights, is_sequential=bool(number % 2), planned_units=300)
        Metric.objects.create(experiment=trial, title="Goal", role="goal", event="practice_completed")
        phase = started(trial, at)
        for metric in trial.metrics.all():
            for arm in weights:
                rate = dice.choice([0.1, 0.14, 0.17])
                rows = 300 if metric.role == "primary" else 0
                if rows:
                    fill(phase, arm, rows, int(dice.binomial(rows, rate)), at, metric=metric)
        report = get_results(key, at=at + 7 * DAY).report
        for one in report.primary.arms[1:]:
            assert one.deciding is not None
            proven = one.p_value is not None and one.p_value < 0.05
            assert excludes_zero(one.deciding.interval) == proven
            assert excludes_zero(one.deciding.lift_interval) == proven


def test_chances_are_never_certain() -> None:
    chances = win_probabilities([BinarySample(10_000, 100), BinarySample(10_000, 9_000)])
    assert all(0 < one.best < 1 for one in chances)
    assert [formatting.chance(one.best) for one in chances] == ["under 0.01%", "over 99.99%"]
    shown = [formatting.chance(value) for value in (0.0, 1e-9, 0.00004, 0.0001, 0.5, 0.9999, 0.99999, 1.0)]
    assert shown == [
        "under 0.01%", "under 0.01%", "under 0.01%", "0.01%", "50.00%", "99.99%", "over 99.99%", "over 99.99%",
    ]  # fmt: skip
    assert formatting.chance(None) == "n/a"


@pytest.mark.django_db
def test_the_page_never_reads_a_chance_of_nothing_or_all(at: datetime) -> None:
    trial = draft(planned_units=500)
    phase = started(trial, at)
    fill(phase, "control", 500, 5, at, metric=trial.metrics.get())
    fill(phase, "bold", 500, 450, at, metric=trial.metrics.get())
    with time_machine.travel(at + 7 * DAY):
        page = browser(staff_user()).get("/experiments/copy/").content.decode()
    assert "<td>over 99.99%</td>" in page
    assert "<td>under 0.01%</td>" in page
    assert "<td>100.00%</td>" not in page
    assert "<td>0.00%</td>" not in page
