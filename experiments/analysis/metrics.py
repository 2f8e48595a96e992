"""Turn the sums of one metric into estimates, intervals, probabilities and guardrail results for every arm."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from experiments.analysis import guardrail, means, proportions
from experiments.analysis.agreement import agree
from experiments.analysis.arm_stats import ArmStats, MetricSums
from experiments.analysis.bayes import WinProbability, win_probabilities
from experiments.analysis.guardrail import GuardrailResult
from experiments.analysis.samples import ALPHA, BinarySample, Comparison, MeanSample, PairedSample, UnitEstimate
from experiments.analysis.sequential import confidence_sequence, tuned_units

PlanData = Mapping[str, Any]  # `Phase.plan`: arms, metrics, planned_units, is_sequential
MetricData = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One metric of one arm; the control has no comparison."""

    key: str
    title: str
    units: int
    conversions: int  # units with at least one event
    value: float | None  # a rate, a mean per unit or a mean per event
    fixed: Comparison | None = None
    watched: Comparison | None = None  # the same, valid at every look
    p_value: float | None = None  # of the deciding test, after Holm
    chance: WinProbability | None = None
    reading: GuardrailResult | None = None  # of a guardrail metric

    @property
    def deciding(self) -> Comparison | None:
        return self.watched or self.fixed


@dataclass(frozen=True, slots=True)
class MetricReport:
    id: int
    title: str
    role: str  # primary | goal | guardrail
    kind: str  # binary | mean | ratio
    event: str
    is_more_better: bool
    arms: tuple[ArmResult, ...]  # control first


def metric_report(
    plan: PlanData,
    metric: MetricData,
    arms: Mapping[str, ArmStats],
    titles: Mapping[str, str],
    *,
    alphas: Mapping[str, float] | None = None,
) -> MetricReport:
    """Shape  titles are {arm: title}, control first; alphas are {arm: alpha of its intervals}, 0.05 by default."""
    control, *_ = titles
    alphas = alphas or {}
    rows = []
    for key, title in titles.items():
        both = arms[control], arms[key]
        alpha = alphas.get(key, ALPHA)
        fixed = None if key == control else agree(compare(metric, *both, alpha=alpha))
        watched = as_confidence_sequence(plan, fixed, units=sum(arm.units for arm in both), alpha=alpha)
        sums = arms[key].of(metric["id"])
        row = ArmResult(
            key=key,
            title=title,
            units=arms[key].units,
            conversions=sums.converted,
            value=_value(metric["kind"], arms[key].units, sums),
            fixed=fixed,
            watched=agree(watched) if watched else None,
            reading=_guardrail_result(plan, metric, *both) if fixed else None,
        )
        rows.append(row)
    return MetricReport(
        id=metric["id"],
        title=metric["title"],
        role=metric["part"],
        kind=metric["kind"],
        event=metric["event"],
        is_more_better=metric["is_more_better"],
        arms=tuple(rows),
    )


def compare(metric: MetricData, control: ArmStats, treatment: ArmStats, *, alpha: float = ALPHA) -> Comparison:
    """The comparison for this kind of metric."""
    both = (control, treatment)
    if metric["kind"] == "binary":
        return proportions.compare(*(binary(arm, metric) for arm in both), alpha=alpha)
    if metric["kind"] == "ratio":
        return means.compare_ratios(*(_per_event(arm, metric) for arm in both), alpha=alpha)
    if metric["pre_days"]:
        return means.compare_adjusted(*(_with_before(arm, metric) for arm in both), alpha=alpha)
    return means.compare(*(_mean(arm, metric) for arm in both), alpha=alpha)


def as_confidence_sequence(
    plan: PlanData, fixed: Comparison | None, *, units: int, alpha: float = ALPHA
) -> Comparison | None:
    """The comparison as a confidence sequence; None unless the experiment is sequential."""
    if fixed is None or not plan["is_sequential"]:
        return None
    return confidence_sequence(fixed, units=units, tuned=tuned_units(plan["planned_units"]), alpha=alpha)


def binary(arm: ArmStats, metric: MetricData) -> BinarySample:
    return BinarySample(arm.units, arm.of(metric["id"]).converted)


def _value(kind: str, units: int, sums: MetricSums) -> float | None:
    if kind == "ratio":
        return sums.total / sums.count if sums.count else None
    if not units:
        return None
    return (sums.converted if kind == "binary" else sums.total) / units


def _mean(arm: ArmStats, metric: MetricData) -> MeanSample:
    sums = arm.of(metric["id"])
    return MeanSample(arm.units, sums.total, sums.total_squares)


def _per_event(arm: ArmStats, metric: MetricData) -> PairedSample:
    sums = arm.of(metric["id"])
    return PairedSample(arm.units, sums.total, sums.count, sums.total_squares, sums.count_squares, sums.total_by_count)


def _with_before(arm: ArmStats, metric: MetricData) -> PairedSample:
    sums = arm.of(metric["id"])
    return PairedSample(
        arm.units, sums.total, sums.before, sums.total_squares, sums.before_squares, sums.total_by_before
    )


ESTIMATES: dict[str, Callable[[ArmStats, MetricData], UnitEstimate | None]] = {
    "binary": lambda arm, metric: binary(arm, metric).estimate(),
    "mean": lambda arm, metric: _mean(arm, metric).estimate(),
    "ratio": lambda arm, metric: _per_event(arm, metric).ratio(),
}


def with_chances(metric: MetricReport, arms: Mapping[str, ArmStats]) -> MetricReport:
    """The metric with each arm's chance to be best; only rates have one."""
    if metric.kind != "binary":
        return metric
    chances = win_probabilities([binary(arms[arm.key], {"id": metric.id}) for arm in metric.arms])
    rows = (replace(arm, chance=chance) for arm, chance in zip(metric.arms, chances, strict=True))
    return replace(metric, arms=tuple(rows))


def _guardrail_result(
    plan: PlanData, metric: MetricData, control: ArmStats, treatment: ArmStats
) -> GuardrailResult | None:
    """The guardrail result; None for a metric with another role."""
    if metric["part"] != "guardrail":
        return None
    must_not = (
        guardrail.GuardrailDirection.MUST_NOT_FALL
        if metric["is_more_better"]
        else guardrail.GuardrailDirection.MUST_NOT_RISE
    )
    here, there = (ESTIMATES[metric["kind"]](arm, metric) for arm in (control, treatment))
    limit = guardrail.GuardrailLimit(must_not, metric["limit"])
    return guardrail.evaluate_guardrail(here, there, limit, tuned=tuned_units(plan["planned_units"]))
