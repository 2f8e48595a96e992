"""Turn the sums of one metric into estimates, intervals, probabilities and guardrail results for every arm."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from experiments.analysis import guardrail, means, proportions
from experiments.analysis.bayes import Chance, chances
from experiments.analysis.guardrail import Reading
from experiments.analysis.samples import Binary, Comparison, Estimate, Mean, Paired
from experiments.analysis.sequential import tuned_to, watch
from experiments.analysis.sums import ArmReading, Sums

Plan = Mapping[str, Any]  # `Phase.plan`: arms, metrics, planned_units, is_sequential
Metric = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ArmOfMetric:
    """One metric of one arm; the control has no comparison."""

    key: str
    title: str
    units: int
    conversions: int  # units with at least one event
    value: float | None  # a rate, a mean per unit or a mean per event
    fixed: Comparison | None = None
    watched: Comparison | None = None  # the same, valid at every look
    p_value: float | None = None  # of the deciding test, after Holm
    chance: Chance | None = None
    reading: Reading | None = None  # of a guardrail metric

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
    arms: tuple[ArmOfMetric, ...]  # control first


def metric_report(
    plan: Plan, metric: Metric, arms: Mapping[str, ArmReading], titles: Mapping[str, str]
) -> MetricReport:
    """Shape  titles are {arm: title}, control first."""
    control, *_ = titles
    chance_of = _chances(metric, arms, titles)
    rows = []
    for key, title in titles.items():
        both = arms[control], arms[key]
        fixed = None if key == control else compare(metric, *both)
        sums = arms[key].of(metric["id"])
        row = ArmOfMetric(
            key=key,
            title=title,
            units=arms[key].units,
            conversions=sums.converted,
            value=_value(metric["kind"], arms[key].units, sums),
            fixed=fixed,
            watched=as_confidence_sequence(plan, fixed, units=sum(arm.units for arm in both)),
            chance=chance_of.get(key),
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


def compare(metric: Metric, control: ArmReading, treatment: ArmReading) -> Comparison:
    """The comparison for this kind of metric."""
    both = (control, treatment)
    if metric["kind"] == "binary":
        return proportions.compare(*(binary(arm, metric) for arm in both))
    if metric["kind"] == "ratio":
        return means.compare_ratios(*(_per_event(arm, metric) for arm in both))
    if metric["pre_days"]:
        return means.compare_adjusted(*(_with_before(arm, metric) for arm in both))
    return means.compare(*(_mean(arm, metric) for arm in both))


def as_confidence_sequence(plan: Plan, fixed: Comparison | None, *, units: int) -> Comparison | None:
    """The comparison as a confidence sequence; None unless the experiment is sequential."""
    if fixed is None or not plan["is_sequential"]:
        return None
    return watch(fixed, units=units, tuned=tuned_to(plan["planned_units"]))


def binary(arm: ArmReading, metric: Metric) -> Binary:
    return Binary(arm.units, arm.of(metric["id"]).converted)


def _value(kind: str, units: int, sums: Sums) -> float | None:
    if kind == "ratio":
        return sums.total / sums.count if sums.count else None
    if not units:
        return None
    return (sums.converted if kind == "binary" else sums.total) / units


def _mean(arm: ArmReading, metric: Metric) -> Mean:
    sums = arm.of(metric["id"])
    return Mean(arm.units, sums.total, sums.total_squares)


def _per_event(arm: ArmReading, metric: Metric) -> Paired:
    sums = arm.of(metric["id"])
    return Paired(arm.units, sums.total, sums.count, sums.total_squares, sums.count_squares, sums.total_by_count)


def _with_before(arm: ArmReading, metric: Metric) -> Paired:
    sums = arm.of(metric["id"])
    return Paired(arm.units, sums.total, sums.before, sums.total_squares, sums.before_squares, sums.total_by_before)


ESTIMATES: dict[str, Callable[[ArmReading, Metric], Estimate | None]] = {
    "binary": lambda arm, metric: binary(arm, metric).estimate(),
    "mean": lambda arm, metric: _mean(arm, metric).estimate(),
    "ratio": lambda arm, metric: _per_event(arm, metric).ratio(),
}


def _chances(metric: Metric, arms: Mapping[str, ArmReading], titles: Mapping[str, str]) -> dict[str, Chance]:
    if metric["kind"] != "binary":
        return {}
    return dict(zip(titles, chances([binary(arms[key], metric) for key in titles]), strict=True))


def _guardrail_result(plan: Plan, metric: Metric, control: ArmReading, treatment: ArmReading) -> Reading | None:
    """The guardrail result; None for a metric with another role."""
    if metric["part"] != "guardrail":
        return None
    must_not = guardrail.Direction.MUST_NOT_FALL if metric["is_more_better"] else guardrail.Direction.MUST_NOT_RISE
    here, there = (ESTIMATES[metric["kind"]](arm, metric) for arm in (control, treatment))
    limit = guardrail.Limit(must_not, metric["limit"])
    return guardrail.read(here, there, limit, tuned=tuned_to(plan["planned_units"]))
