"""Read the sufficient statistics of a phase with GROUP BY, without loading events or units."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, FloatField, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Least

from experiments.analysis.arm_stats import ArmStats, MetricSums
from experiments.models import Exposure, Outcome, Phase

CAPPED_SHARE = 0.001  # values of a mean are capped at the pooled 99.9th percentile


@dataclass(frozen=True, slots=True)
class DailyStats:
    """Totals of a phase by day, from which the totals at the end of any day follow."""

    arms: tuple[str, ...]
    exposures: tuple[dict[str, Any], ...]  # one row per arm and day
    outcomes: tuple[dict[str, Any], ...]  # one row per metric, arm and day of first conversion

    def by(self, until: date | None = None) -> dict[str, ArmStats]:
        """Totals by arm key, including arms without units; with `until`, only of the days before it.

        A mean includes later events of units whose first event was before `until`.
        """
        arms = {key: ArmStats() for key in self.arms}
        for day in self.exposures:
            if until is None or day["on"] < until:
                arm = arms.setdefault(day["arm"], ArmStats())
                arm.units += day["units"]
                arm.crossed += day["crossed"]
                arm.exposed_on[day["on"]] = day["units"]
        for day in self.outcomes:
            first_on = day["first_on"]
            if until is None or first_on is None or first_on < until:
                arm = arms.setdefault(day["arm"], ArmStats())
                arm.sums.setdefault(day["metric"], MetricSums()).add(day)
                if first_on is not None:
                    arm.converted_on.setdefault(day["metric"], {})[first_on] = day["of_converted"]
        return arms


def read_daily_stats(phase: Phase) -> DailyStats:
    """Cost  2 queries, and 2 for each metric that is a mean, for any number of units."""
    exposures = (
        Exposure.objects.filter(phase=phase)
        .values("arm", "on")
        .annotate(units=Count("pk"), crossed=Count("pk", filter=Q(is_crossed=True)))
        .order_by("on")
    )
    by_day: tuple[dict[str, Any], ...] = tuple(dict(row) for row in exposures)
    return DailyStats(
        arms=tuple(arm["key"] for arm in phase.arms),
        exposures=by_day,
        outcomes=tuple(_outcomes(phase, sum(day["units"] for day in by_day))),
    )


def _outcomes(phase: Phase, units: int) -> Iterator[dict[str, Any]]:
    outcomes = Outcome.objects.filter(phase=phase)
    means = [metric["id"] for metric in phase.metrics if metric["kind"] == "mean"]
    others = [metric["id"] for metric in phase.metrics if metric["kind"] != "mean"]
    yield from _sums(outcomes.filter(metric__in=others), cap=None)
    for metric_id in means:
        of_metric = outcomes.filter(metric=metric_id)
        yield from _sums(of_metric, cap=_cap(of_metric, units))


def _cap(outcomes: QuerySet[Outcome], units: int) -> float | None:
    """The value that 0.1% of all exposed units exceed, counting units without events as zero."""
    units_above = int(units * CAPPED_SHARE)
    if not units_above:
        return None
    largest = outcomes.order_by("-total").values_list("total", flat=True)[units_above : units_above + 1]
    return next(iter(largest), 0.0) or None  # if few units have events, a cap of zero would remove all values


def _sums(outcomes: QuerySet[Outcome], *, cap: float | None) -> Iterator[dict[str, Any]]:
    total: Any = F("total") if cap is None else Least(F("total"), Value(cap), output_field=FloatField())
    number = Cast("count", FloatField())
    rows = (
        outcomes.values("metric", "arm", "first_on")
        .annotate(
            of_converted=Count("pk", filter=Q(first_on__isnull=False)),
            of_count=Sum(number),
            of_total=Sum(total),
            of_before=Sum("before"),
            of_count_squares=Sum(number * number),
            of_total_squares=Sum(total * total),
            of_before_squares=Sum(F("before") * F("before")),
            of_total_by_count=Sum(total * number),
            of_total_by_before=Sum(total * F("before")),
        )
        .order_by("first_on")
    )
    return (dict(row) for row in rows)
