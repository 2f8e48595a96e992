"""A/A check: compare equal arms many times; a test that finds differences more often than its level is broken."""

from dataclasses import dataclass
from math import sqrt
from random import Random

from experiments import rules
from experiments.analysis.proportions import compare
from experiments.analysis.samples import ALPHA, BinarySample
from experiments.analysis.sequential import confidence_sequence, tuned_units
from experiments.analysis.srm import ALARM_P, check_sample_ratio

WEIGHTS = (5000, 5000)
LOOKS = 14


@dataclass(frozen=True, slots=True)
class AACheckResult:
    """The alarm rates of an A/A check.

    Units  alarms are shares of all runs, 0..1; distance is Kolmogorov's distance of the p-values from uniform.
    """

    runs: int
    false_alarms: float
    peeked_alarms: float  # of the confidence sequence at 14 looks
    split_alarms: float
    distance: float

    @property
    def failures(self) -> tuple[str, ...]:
        """The failed checks; a correct implementation fails about once in a thousand checks."""
        found = []
        if self.distance > 1.95 / sqrt(self.runs):
            found.append("p-values are not uniform")
        if self.false_alarms > _bound(ALPHA, self.runs):
            found.append("the fixed test finds differences too often")
        if self.peeked_alarms > _bound(ALPHA, self.runs):
            found.append("the confidence sequence finds differences too often")
        if self.split_alarms > _bound(ALARM_P, self.runs):
            found.append("the sample ratio alarm fires too often")
        return tuple(found)


def run_aa_check(*, runs: int, units: int, rate: float, seed: str) -> AACheckResult:
    """Simulate runs in which all units convert at the same rate; each run assigns units with its own seed.

    Cost  about 10 us per unit and run.
    """
    dice = Random(seed)  # noqa: S311  (a repeatable simulation)
    p_values, peeked, split = [], 0, 0
    for run in range(runs):
        looks = _looks(f"{seed}:{run}", units, rate, dice)
        last = looks[-1]
        p_values.append(compare(*last).p_value or 1.0)
        peeked += any(_is_alarm(pair, planned=units // 2) for pair in looks)
        split += check_sample_ratio([arm.units for arm in last], WEIGHTS).is_alarm
    return AACheckResult(
        runs=runs,
        false_alarms=sum(p < ALPHA for p in p_values) / runs,
        peeked_alarms=peeked / runs,
        split_alarms=split / runs,
        distance=_distance(p_values),
    )


def _looks(seed: str, units: int, rate: float, dice: Random) -> list[tuple[BinarySample, BinarySample]]:
    """The counts of both arms at each look."""
    state = rules.fnv32a(seed)
    units_by_arm, conversions = [0, 0], [0, 0]
    looks = []
    for number in range(units):
        side = rules.arm_index_at(rules.bucket_from_state(state, str(number)), WEIGHTS, rules.TOTAL_BP) or 0
        units_by_arm[side] += 1
        conversions[side] += dice.random() < rate
        if (number + 1) % (units // LOOKS) == 0 or number + 1 == units:
            looks.append((BinarySample(units_by_arm[0], conversions[0]), BinarySample(units_by_arm[1], conversions[1])))
    return looks


def _is_alarm(pair: tuple[BinarySample, BinarySample], *, planned: int) -> bool:
    seen = confidence_sequence(compare(*pair), units=pair[0].units + pair[1].units, tuned=tuned_units(planned))
    return seen.p_value is not None and seen.p_value < ALPHA


def _bound(share: float, runs: int) -> float:
    return share + 3.1 * sqrt(share * (1 - share) / runs)


def _distance(p_values: list[float]) -> float:
    ordered = sorted(p_values)
    count = len(ordered)
    return max(max((n + 1) / count - p, p - n / count) for n, p in enumerate(ordered))
