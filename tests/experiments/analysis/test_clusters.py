import numpy as np
import pytest
from scipy import stats

from experiments.analysis import clusters, proportions
from experiments.analysis.samples import BinarySample, MeanSample, PairedSample
from tests.experiments.analysis.plain import sent


def trees(dice: np.random.Generator, count: int) -> np.ndarray:
    """(conversions, members) of referral trees whose members resemble each other; 20% convert in all."""
    members = dice.integers(1, 9, size=count)
    return np.stack([dice.binomial(members, dice.beta(0.8, 3.2, size=count)), members], axis=1)


def gathered(found: np.ndarray) -> PairedSample:
    return clusters.sum_clusters((float(total), int(members)) for total, members in found.tolist())


def test_trees_of_one_are_people() -> None:
    alone = clusters.sum_clusters([(1.0, 1)] * 30 + [(0.0, 1)] * 70)
    assert alone == PairedSample(100, 30, 100, 30, 100, 30)
    estimate, person = alone.ratio(), MeanSample(100, 30, 30).estimate()
    assert estimate is not None
    assert person is not None
    assert (estimate.value, estimate.variance) == pytest.approx((0.3, person.variance))
    assert clusters.design_effect(alone, clusters.binary_variance(alone)) == pytest.approx(100 / 99)


def test_a_tree_that_acts_as_one_counts_once() -> None:
    four = clusters.sum_clusters([(4.0, 4)] * 30 + [(0.0, 4)] * 70)
    assert clusters.design_effect(four, clusters.binary_variance(four)) == pytest.approx(4 * 100 / 99)


def test_counting_members_is_fooled_and_counting_trees_is_not() -> None:
    dice = np.random.default_rng(13)
    naive, robust, effects = [], [], []
    for _ in range(1_000):
        found = [trees(dice, 300), trees(dice, 300)]
        arms = [gathered(one) for one in found]
        people = [BinarySample(int(arm.second), int(arm.first)) for arm in arms]
        naive.append(proportions.pooled_p(*people))
        robust.append(clusters.compare(*arms).p_value)
        effects.append(clusters.design_effect(arms[0], clusters.binary_variance(arms[0])))
    assert 1.6 < np.mean(np.array(effects, dtype=float)) < 2.2
    assert np.mean(np.array(naive) < 0.05) > 0.1
    by_tree = np.array(robust, dtype=float)
    assert 0.035 < np.mean(by_tree < 0.05) < 0.065
    assert stats.kstest(by_tree, "uniform").pvalue > 0.05


def test_nobody_is_compared_with_nobody() -> None:
    nobody = clusters.sum_clusters([])
    seen = clusters.compare(nobody, nobody)
    assert (seen.method, seen.p_value, clusters.binary_variance(nobody)) == ("too few units", None, 0.0)
    assert clusters.design_effect(nobody, 0.2) is None
    assert sent(seen, clusters.compare(clusters.sum_clusters([(0.0, 3)] * 4), clusters.sum_clusters([(1.0, 2)] * 4)))
