"""Measure how often verdicts are wrong where there is nothing to find, and how often they find what is planned.

    python -m benchmarks.verdicts [--runs 2000] [--units 800] [--seed 7]

Every run simulates one experiment of eight weeks: units arrive evenly, their events follow within the window, and the
product judges the whole weeks. No database and no clock. Baseline: the same test judged again every week.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import sqrt
from typing import Any

import numpy as np

from experiments.analysis import power
from experiments.analysis.arm_stats import ArmStats, MetricSums
from experiments.analysis.report import Reading, judge
from experiments.analysis.verdict import VerdictKind

START = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
WEEKS, WINDOW_DAYS = 8, 3.0
Decide = Callable[["Trial"], bool]


@dataclass(frozen=True, slots=True)
class Trial:
    """One simulated experiment. Shape  {arm: (arrival in days, event in days or infinite, value, pre-period)}."""

    plan: dict[str, Any]
    arms: dict[str, tuple[Any, Any, Any, Any]]

    def stats(self, week: int) -> dict[str, ArmStats]:
        """The sums of the first whole weeks."""
        return {key: self._arm(7.0 * week, columns) for key, columns in self.arms.items()}

    def _arm(self, cut: float, columns: tuple[Any, Any, Any, Any]) -> ArmStats:
        arrives, happens, value, before = columns
        exposed = arrives < cut
        counted = np.where(exposed & (happens < cut), value, 0.0)
        known = np.where(exposed, before, 0.0)
        sums = MetricSums(
            converted=int((counted > 0).sum()),
            count=float((counted > 0).sum()),
            total=float(counted.sum()),
            before=float(known.sum()),
            total_squares=float(counted @ counted),
            before_squares=float(known @ known),
            total_by_before=float(counted @ known),
        )
        return ArmStats(units=int(exposed.sum()), exposed_on={date(2026, 3, 4): int(exposed.sum())}, sums={1: sums})

    def verdict(self, week: int) -> VerdictKind:
        """The verdict of the product on the first whole weeks."""
        stats = self.stats(week)
        reading = Reading(
            as_of=START + timedelta(weeks=week),
            days=7 * week,
            arms=stats,
            exposed={key: arm.units for key, arm in stats.items()},
            crossed=0,
        )
        return judge(self.plan, reading, stats).verdict.kind


def plan_of(kind: str, *, arms: int, planned: int, is_sequential: bool) -> dict[str, Any]:
    keys = ["control", *(f"arm-{number}" for number in range(1, arms))]
    weight = 10_000 // arms
    metric = {"id": 1, "part": "primary", "kind": kind, "title": "Primary", "event": "x", "value_of": ""}
    return {
        "arms": [
            {"key": key, "title": key, "weight_bp": weight, "is_control": key == "control", "params": {}}
            for key in keys
        ],
        "metrics": [metric | {"is_more_better": True, "limit": None, "pre_days": 7 if kind == "mean" else 0}],
        "planned_units": planned,
        "is_sequential": is_sequential,
    }


def trial(dice: Any, kind: str, *, units: int, arms: int = 2, is_sequential: bool = False, lift: float = 0.0) -> Trial:
    """`units` an arm over eight weeks; the plan is full in the second. Half of the units were active before."""
    plan = plan_of(kind, arms=arms, planned=units // 5, is_sequential=is_sequential)
    columns = {}
    for number, arm in enumerate(plan["arms"]):
        arrives = np.sort(dice.uniform(0, 7 * WEEKS, units))
        happens = arrives + dice.exponential(1.0, units)
        before = dice.poisson(4.0, units) * (dice.random(units) < 0.5)
        gain = lift if number else 0.0
        if kind == "mean":
            value = dice.poisson(0.5 + before * (1 + gain)).astype(float)
        else:
            value = (dice.random(units) < 0.2 * (1 + gain)).astype(float)
        happens = np.where((value > 0) & (happens - arrives < WINDOW_DAYS), happens, np.inf)
        columns[arm["key"]] = (arrives, happens, value, before.astype(float))
    return Trial(plan, columns)


DIFFERENT = frozenset({VerdictKind.WINNER, VerdictKind.LOSER})


def once(one: Trial) -> bool:
    """The first verdict after the plan is full, which is kept."""
    kinds = (one.verdict(week) for week in range(1, WEEKS + 1))
    return next((kind in DIFFERENT for kind in kinds if kind != VerdictKind.KEEP_RUNNING), False)


def every_week(one: Trial) -> bool:
    """Any week in which the verdict says that the arms differ."""
    return any(one.verdict(week) in DIFFERENT for week in range(1, WEEKS + 1))


def measures(units: int) -> Iterator[tuple[str, str, dict[str, Any], Decide]]:
    """(name, expected, arguments of `trial`, decision)."""
    fixed, sequential = {"units": units}, {"units": units, "is_sequential": True}
    yield "rates, fixed size, judged once", "5% +- 1", fixed | {"kind": "binary"}, once
    yield "rates, fixed size, judged every week", "before", fixed | {"kind": "binary"}, every_week
    yield "rates, three arms, judged once", "at most 6%", fixed | {"kind": "binary", "arms": 3}, once
    yield "rates, sequential, judged every week", "at most 5%", sequential | {"kind": "binary"}, every_week
    yield "CUPED, fixed size, judged once", "5% +- 1", fixed | {"kind": "mean"}, once
    yield "CUPED, fixed size, judged every week", "before", fixed | {"kind": "mean"}, every_week
    yield "CUPED, sequential, judged every week", "at most 5%", sequential | {"kind": "mean"}, every_week


def false_verdicts(runs: int, units: int, seed: int) -> dict[str, float]:
    """The share of experiments without a difference whose verdict says that there is one."""
    found = {}
    print(f"\nFalse verdicts in {runs:,} experiments without a difference, {units:,} units an arm, {WEEKS} weeks")
    for name, expected, facts, decide in measures(units):
        dice = np.random.default_rng(seed)
        share = sum(decide(trial(dice, **facts)) for _ in range(runs)) / runs
        error = 1.96 * sqrt(max(share, 0.01) * (1 - share) / runs)
        print(f"{name:<40} {share:7.2%} +- {error:.2%}   ({expected})")
        found[name] = share
    return found


def planned_power(runs: int, seed: int) -> None:
    """The power of tests at the size that the calculator gives, with weekly looks; normal z for speed."""
    dice, looks = np.random.default_rng(seed), 12
    fixed = power.units_for_rates(0.05, 0.056) or 0
    planned = power.units_for_rates(0.05, 0.056, is_sequential=True, looks=looks) or 0
    print(f"\nPower for 5% against 5.6% in {10 * runs:,} experiments, planned for 80%")
    for name, units, is_sequential in (
        ("fixed size, judged once", fixed, False),
        ("sequential, size of the fixed test", fixed, True),
        ("sequential, its own size", planned, True),
    ):
        share = _power_at(dice, units, looks if is_sequential else 1, 10 * runs, is_sequential=is_sequential)
        print(f"{name:<40} {share:7.1%}   {units:,} units an arm")


def _power_at(dice: Any, units: int, looks: int, runs: int, *, is_sequential: bool) -> float:
    from experiments.analysis.samples import critical
    from experiments.analysis.sequential import half_width_in_errors

    ends = np.linspace(0, units, looks + 1).astype(int)
    counts = [dice.binomial(np.diff(ends), rate, size=(runs, looks)).cumsum(axis=1) for rate in (0.05, 0.056)]
    rates = [(count + 1) / (ends[1:] + 2) for count in counts]
    z = (counts[1] - counts[0]) / ends[1:] / np.sqrt(sum(rate * (1 - rate) for rate in rates) / ends[1:])
    limits = [
        half_width_in_errors(units=2 * int(end), tuned=2 * units) if is_sequential else critical() for end in ends[1:]
    ]
    return float((z > np.array(limits)).any(axis=1).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--units", type=int, default=800)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    false_verdicts(arguments.runs, arguments.units, arguments.seed)
    planned_power(arguments.runs, arguments.seed)


if __name__ == "__main__":
    main()
