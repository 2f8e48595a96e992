"""Build the report of a phase from its sums, for the page, the exports, the guardrails and the agents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from experiments.analysis import proportions
from experiments.analysis.arm_stats import ArmStats
from experiments.analysis.metrics import MetricReport, PlanData, metric_report
from experiments.analysis.multiple_testing import holm
from experiments.analysis.samples import BinarySample, Interval
from experiments.analysis.sequential import confidence_sequence, tuned_units
from experiments.analysis.srm import SampleRatioCheck, check_sample_ratio
from experiments.analysis.verdict import DAYS_A_WEEK, MIN_CONVERSIONS, ArmEvidence, Evidence, Verdict, decide_verdict


@dataclass(frozen=True, slots=True)
class DailyLift:
    """The lift of one arm over the control at the end of one day."""

    on: date
    lift: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class ExperimentReport:
    """The statistics and the verdict of one phase."""

    arms: Mapping[str, ArmStats]
    titles: Mapping[str, str]  # control first
    metrics: tuple[MetricReport, ...]
    ratio: SampleRatioCheck
    crossed: int
    days: int
    verdict: Verdict
    looks: Mapping[str, tuple[DailyLift, ...]]  # arm -> one per day, if the primary metric is binary

    @property
    def units(self) -> int:
        return sum(arm.units for arm in self.arms.values())

    @property
    def primary(self) -> MetricReport:
        return next(metric for metric in self.metrics if metric.role == "primary")


def build_report(
    plan: PlanData, arms: Mapping[str, ArmStats], *, days: int, settled: Mapping[str, ArmStats] | None = None
) -> ExperimentReport:
    """Report current numbers, and the verdict of the last whole week.

    Units  days are whole days since the start; settled holds the statistics up to the end of the last whole week.
    """
    order = sorted(plan["arms"], key=lambda arm: not arm["is_control"])
    titles = {arm["key"]: arm["title"] for arm in order}
    metrics = _metrics(plan, arms, titles)
    judged = metrics if settled is None else _metrics(plan, settled, titles)
    ratio = check_sample_ratio([arms[arm["key"]].units for arm in order], [arm["weight_bp"] for arm in order])
    crossed = sum(arm.crossed for arm in arms.values())
    return ExperimentReport(
        arms=arms,
        titles=titles,
        metrics=metrics,
        ratio=ratio,
        crossed=crossed,
        days=days,
        verdict=decide_verdict(
            _evidence(
                plan,
                judged,
                guards=metrics,
                is_split_as_set=not ratio.is_alarm,
                crossed=crossed,
                days=days if settled is None else days // DAYS_A_WEEK * DAYS_A_WEEK,
            )
        ),
        looks={key: tuple(_looks(plan, arms, control=order[0]["key"], key=key)) for key in list(titles)[1:]},
    )


def _metrics(plan: PlanData, arms: Mapping[str, ArmStats], titles: Mapping[str, str]) -> tuple[MetricReport, ...]:
    return _adjusted_by_holm([metric_report(plan, metric, arms, titles) for metric in plan["metrics"]])


def _adjusted_by_holm(metrics: list[MetricReport]) -> tuple[MetricReport, ...]:
    """Metrics with p-values adjusted by Holm over all arms and non-guardrail metrics."""
    family = {
        (metric.id, arm.key): arm.deciding.p_value
        for metric in metrics
        if metric.role != "guardrail"
        for arm in metric.arms
        if arm.deciding is not None
    }
    adjusted = holm(family)
    return tuple(
        replace(metric, arms=tuple(replace(arm, p_value=adjusted.get((metric.id, arm.key))) for arm in metric.arms))
        for metric in metrics
    )


def _evidence(
    plan: PlanData,
    metrics: tuple[MetricReport, ...],
    *,
    guards: tuple[MetricReport, ...],
    is_split_as_set: bool,
    crossed: int,
    days: int,
) -> Evidence:
    """The inputs of the verdict; `guards` are current, because harm does not wait for the end of a week."""
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
                for guard in guards
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


def _looks(plan: PlanData, arms: Mapping[str, ArmStats], *, control: str, key: str) -> Iterator[DailyLift]:
    """The lift by day; a conversion counts from its own day, so that no day uses later data."""
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
        seen = confidence_sequence(fixed, units=sum(units), tuned=tuned_units(plan["planned_units"]))
        has_band = min(converted) >= MIN_CONVERSIONS  # an earlier band is wider than the chart
        yield DailyLift(day, seen.lift, seen.lift_interval if has_band else None)
