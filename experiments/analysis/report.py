"""Build the report of a phase from its sums, for the page, the exports, the guardrails and the agents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Self

from experiments.analysis import proportions
from experiments.analysis.agreement import agree
from experiments.analysis.arm_stats import ArmStats
from experiments.analysis.metrics import (
    MetricReport,
    PlanData,
    as_confidence_sequence,
    metric_report,
    with_chances,
)
from experiments.analysis.multiple_testing import holm, holm_alphas
from experiments.analysis.progress import PlanProgress, plan_progress
from experiments.analysis.samples import ALPHA, BinarySample, Interval
from experiments.analysis.srm import SampleRatioCheck, check_sample_ratio
from experiments.analysis.verdict import MIN_CONVERSIONS, ArmEvidence, Evidence, Verdict, decide_verdict


@dataclass(frozen=True, slots=True)
class DailyLift:
    """The lift of one arm over the control at the end of one day."""

    on: date
    lift: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Reading:
    """The numbers that a verdict reads: those of whole weeks, or those that were frozen when it was made.

    Units  days are whole days from the start to `as_of`; exposed are all units at the reading, for the split;
           crossed are those of the arms' units, which the share is of.
    """

    as_of: datetime
    days: int
    arms: Mapping[str, ArmStats]
    exposed: Mapping[str, int]
    crossed: int
    is_frozen: bool = False

    def dump(self) -> dict[str, Any]:
        """The reading as JSON."""
        return {
            "as_of": self.as_of.isoformat(),
            "days": self.days,
            "arms": {key: arm.dump() for key, arm in self.arms.items()},
            "exposed": dict(self.exposed),
            "crossed": self.crossed,
        }

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Self:
        """A frozen reading; the inverse of `dump`."""
        return cls(
            as_of=datetime.fromisoformat(stored["as_of"]),
            days=stored["days"],
            arms={key: ArmStats.load(arm) for key, arm in stored["arms"].items()},
            exposed=stored["exposed"],
            crossed=stored["crossed"],
            is_frozen=True,
        )


@dataclass(frozen=True, slots=True)
class ExperimentReport:
    """The statistics and the verdict of one phase: guardrails are those of today, all else is as of the reading."""

    arms: Mapping[str, ArmStats]  # today
    reading: Reading
    titles: Mapping[str, str]  # control first
    metrics: tuple[MetricReport, ...]
    ratio: SampleRatioCheck
    crossed: int
    days: int
    verdict: Verdict
    progress: PlanProgress
    looks: Mapping[str, tuple[DailyLift, ...]]  # arm -> one per day, if the primary metric is binary

    @property
    def units(self) -> int:
        return sum(arm.units for arm in self.arms.values())

    @property
    def judged_units(self) -> int:
        return sum(arm.units for arm in self.reading.arms.values())

    @property
    def held_out(self) -> int:
        return sum(arm.held_out for arm in self.arms.values())

    @property
    def primary(self) -> MetricReport:
        return next(metric for metric in self.metrics if metric.role == "primary")


def build_report(plan: PlanData, reading: Reading, current: Mapping[str, ArmStats], *, days: int) -> ExperimentReport:
    """Report the numbers of the reading with its verdict, and the guardrails of today.

    Units  days are whole days since the start.
    """
    judged = judge(plan, reading, current)
    primary, control = judged.primary, next(iter(judged.titles))
    looks = {
        key: tuple(_looks(plan, reading.arms, control=control, key=key, alpha=judged.alphas[primary.id, key]))
        for key in list(judged.titles)[1:]
    }
    return ExperimentReport(
        arms=current,
        reading=reading,
        titles=judged.titles,
        metrics=tuple(
            with_chances(metric, current if metric.role == "guardrail" else reading.arms) for metric in judged.metrics
        ),
        ratio=judged.ratio,
        crossed=reading.crossed,
        days=days,
        verdict=judged.verdict,
        progress=plan_progress(plan, primary, comparisons=len(judged.alphas)),
        looks=looks,
    )


Alphas = dict[tuple[int, str], float]  # of each decided comparison: (metric id, arm)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with the numbers behind it."""

    titles: Mapping[str, str]
    metrics: tuple[MetricReport, ...]
    alphas: Alphas
    ratio: SampleRatioCheck
    verdict: Verdict

    @property
    def primary(self) -> MetricReport:
        return next(metric for metric in self.metrics if metric.role == "primary")


def judge(plan: PlanData, reading: Reading, current: Mapping[str, ArmStats]) -> Judgement:
    """The verdict of a reading, and the guardrails of today."""
    order = sorted(plan["arms"], key=lambda arm: not arm["is_control"])
    titles = {arm["key"]: arm["title"] for arm in order}
    metrics, alphas = _metrics(plan, reading.arms, current, titles)
    ratio = check_sample_ratio([reading.exposed.get(key, 0) for key in titles], [arm["weight_bp"] for arm in order])
    evidence = _evidence(plan, metrics, is_split_as_set=not ratio.is_alarm, crossed=reading.crossed, days=reading.days)
    return Judgement(titles, metrics, alphas, ratio, decide_verdict(evidence))


def _metrics(
    plan: PlanData, judged: Mapping[str, ArmStats], current: Mapping[str, ArmStats], titles: Mapping[str, str]
) -> tuple[tuple[MetricReport, ...], Alphas]:
    """Every metric, with p-values and intervals adjusted by Holm over all arms and non-guardrail metrics."""

    def reports(alphas: Alphas) -> list[MetricReport]:
        return [
            metric_report(
                plan,
                metric,
                current if metric["part"] == "guardrail" else judged,
                titles,
                alphas={arm: alpha for (metric_id, arm), alpha in alphas.items() if metric_id == metric["id"]},
            )
            for metric in plan["metrics"]
        ]

    family = {
        (metric.id, arm.key): arm.deciding.p_value
        for metric in reports({})
        if metric.role != "guardrail"
        for arm in metric.arms
        if arm.deciding is not None
    }
    adjusted, alphas = holm(family), holm_alphas(family, ALPHA)
    return tuple(
        replace(metric, arms=tuple(replace(arm, p_value=adjusted.get((metric.id, arm.key))) for arm in metric.arms))
        for metric in reports(alphas)
    ), alphas


def _evidence(
    plan: PlanData,
    metrics: tuple[MetricReport, ...],
    *,
    is_split_as_set: bool,
    crossed: int,
    days: int,
) -> Evidence:
    """The inputs of the verdict; guardrails are current, because harm does not wait for the end of a week."""
    primary = next(metric for metric in metrics if metric.role == "primary")
    arms = [
        ArmEvidence(
            name=arm.title,
            units=arm.units,
            conversions=arm.conversions if primary.kind == "binary" else None,
            comparison=arm.deciding,
            p_value=arm.p_value,
            guardrails=tuple(
                (guard.title, other.reading.state)
                for guard in metrics
                for other in guard.arms
                if other.key == arm.key and other.reading
            ),
        )
        for arm in primary.arms
    ]
    return Evidence(
        control=arms[0],
        treatments=tuple(arms[1:]),
        is_split_as_set=is_split_as_set,
        units_in_two_arms=crossed,
        days=days,
        planned_units=plan["planned_units"],
        is_sequential=plan["is_sequential"],
        wants_more=primary.is_more_better,
    )


def _looks(
    plan: PlanData, arms: Mapping[str, ArmStats], *, control: str, key: str, alpha: float
) -> Iterator[DailyLift]:
    """The lift by day; a conversion counts from its own day, so that no day uses later data.

    A fixed-size test is read once, so its days have no interval.
    """
    primary = next(metric for metric in plan["metrics"] if metric["part"] == "primary")
    if primary["kind"] != "binary":
        return
    both = (arms[control], arms[key])
    converted_on = [arm.converted_on.get(primary["id"], {}) for arm in both]
    days = sorted({*both[0].exposed_on, *both[1].exposed_on, *converted_on[0], *converted_on[1]})
    units, converted = [0, 0], [0, 0]
    for day in days:
        for side in (0, 1):
            units[side] += both[side].exposed_on.get(day, 0)
            converted[side] += converted_on[side].get(day, 0)
        fixed = proportions.compare(*(BinarySample(units[side], converted[side]) for side in (0, 1)))
        watched = as_confidence_sequence(plan, fixed, units=sum(units), alpha=alpha)
        seen = agree(watched) if watched else None
        has_band = min(converted) >= MIN_CONVERSIONS  # an earlier band is wider than the chart
        yield DailyLift(day, fixed.lift, seen.lift_interval if seen and has_band else None)
