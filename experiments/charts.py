"""The charts of a results page, drawn from one report."""

from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

from viral_engine.charts import (
    Axis,
    Chart,
    DensityChart,
    DensityCurve,
    IntervalPlot,
    LabeledInterval,
    LineChart,
    Point,
    ReferenceLine,
    Series,
)

if TYPE_CHECKING:
    from experiments.analysis.metrics import MetricReport
    from experiments.analysis.report import ExperimentReport

PERCENT = Axis("", "%")


def charts_of(report: "ExperimentReport") -> Iterator[Chart]:
    """Lift, rates, exposures and the lift day by day."""
    yield lifts(report.primary)
    if report.primary.kind == "binary":
        yield rates(report)
    yield exposures(report)
    if report.looks:
        yield lift_over_time(report)


def lifts(metric: "MetricReport") -> IntervalPlot:
    """The lift of each treatment over the control, with the interval that agrees with the verdict."""
    rows = []
    for arm in metric.arms[1:]:
        one = arm.deciding
        bounds = one.lift_interval if one else None
        rows.append(
            LabeledInterval(
                arm.title,
                one.lift if one else None,
                bounds.low if bounds else None,
                bounds.high if bounds else None,
            )
        )
    return IntervalPlot(
        title=f"{metric.title}: lift over {metric.arms[0].title}{_levels(metric)}",
        rows=tuple(rows),
        reference=ReferenceLine(0.0, "no difference"),
        axis=PERCENT,
        higher_is_better=metric.is_more_better,
        empty="The lift appears once both arms have conversions.",
    )


def _levels(metric: "MetricReport") -> str:
    """The levels and kind of the intervals, as in the table: (97.5% confidence interval)."""
    names = [arm.deciding.interval_name for arm in metric.arms[1:] if arm.deciding and arm.deciding.interval]
    return f" ({', '.join(dict.fromkeys(names))})" if names else ""


def rates(report: "ExperimentReport") -> DensityChart:
    """The posterior density of each arm's rate; a large overlap means an uncertain difference."""
    from experiments.analysis.bayes import credible_interval, posterior_density
    from experiments.analysis.samples import BinarySample

    arms = []
    for arm in report.primary.arms if report.units else ():
        sample = BinarySample(arm.units, arm.conversions)
        ends = credible_interval(sample)
        curve = tuple((point.rate, point.density) for point in posterior_density(sample, points=81))
        arms.append(DensityCurve(arm.title, curve, arm.value, ends.low, ends.high))
    return DensityChart(
        title=f"{report.primary.title}: likely range of each rate (95%, each arm alone)",
        description="95% credible intervals of each arm alone. Ranges that overlap may still differ: see the lift.",
        arms=tuple(arms),
        axis=PERCENT,
        empty="No exposures yet.",
    )


def exposures(report: "ExperimentReport") -> LineChart:
    """Cumulative exposures of each arm; diverging lines show a wrong split."""
    days = sorted({day for arm in report.arms.values() for day in arm.exposed_on})
    series = []
    for key, title in report.titles.items():
        counts = accumulate(report.arms[key].exposed_on.get(day, 0) for day in days)
        series.append(Series(title, tuple(Point(day, count) for day, count in zip(days, counts, strict=True))))
    return LineChart(
        title="People in each arm over time",
        series=tuple(series),
        y_axis=Axis("people"),
        empty="No exposures yet.",
    )


def lift_over_time(report: "ExperimentReport") -> LineChart:
    """The lift at the end of each day, in a sequential test with the interval that is valid at every look."""
    bands = _levels(report.primary) if report.progress.is_sequential else " (judged once, so without bands)"
    series = tuple(
        Series(
            report.titles[key],
            tuple(
                Point(
                    look.on,
                    look.lift if look.interval or not report.progress.is_sequential else None,
                    look.interval.low if look.interval else None,
                    look.interval.high if look.interval else None,
                )
                for look in looks
            ),
        )
        for key, looks in report.looks.items()
    )
    return LineChart(
        title=f"{report.primary.title}: lift day by day{bands}",
        series=series,
        y_axis=PERCENT,
        reference=ReferenceLine(0.0, "no difference"),
        empty="The lift appears once both arms have conversions.",
    )
