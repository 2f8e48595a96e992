"""Sufficient statistics of a phase, by GROUP BY alone: no event and no unit is ever loaded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, FloatField, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Least

from experiments.analysis.sums import ArmReading, Sums
from experiments.models import Exposure, Outcome, Phase

CAPPED_SHARE = 0.001  # the largest values of a mean are cut to the pooled 99.9%


@dataclass(frozen=True, slots=True)
class Days:
    """What a phase came to on each day, and so by the end of any."""

    arms: tuple[str, ...]
    exposures: tuple[dict[str, Any], ...]  # one an arm and day
    outcomes: tuple[dict[str, Any], ...]  # one a metric, arm and day of the first conversion

    def by(self, until: date | None = None) -> dict[str, ArmReading]:
        """Every arm of the plan by its key, those without units too; with `until`, as it stood before that day.

        A mean counts what its units did since, if they had begun by then.
        """
        arms = {key: ArmReading() for key in self.arms}
        for day in self.exposures:
            if until is None or day["on"] < until:
                arm = arms.setdefault(day["arm"], ArmReading())
                arm.units += day["units"]
                arm.crossed += day["crossed"]
                arm.exposed_on[day["on"]] = day["units"]
        for day in self.outcomes:
            first_on = day["first_on"]
            if until is None or first_on is None or first_on < until:
                arm = arms.setdefault(day["arm"], ArmReading())
                arm.sums.setdefault(day["metric"], Sums()).add(day)
                if first_on is not None:
                    arm.converted_on.setdefault(day["metric"], {})[first_on] = day["of_converted"]
        return arms


def read_days(phase: Phase) -> Days:
    """Cost  2 queries, and 2 for each metric that is a mean; whatever the number of units."""
    exposures = (
        Exposure.objects.filter(phase=phase)
        .values("arm", "on")
        .annotate(units=Count("pk"), crossed=Count("pk", filter=Q(is_crossed=True)))
        .order_by("on")
    )
    met: tuple[dict[str, Any], ...] = tuple(dict(row) for row in exposures)
    return Days(
        arms=tuple(arm["key"] for arm in phase.arms),
        exposures=met,
        outcomes=tuple(_outcomes(phase, sum(day["units"] for day in met))),
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
    """The value that 0.1% of all exposed units are above; most of them may have done nothing."""
    beyond = int(units * CAPPED_SHARE)
    if not beyond:
        return None
    largest = outcomes.order_by("-total").values_list("total", flat=True)[beyond : beyond + 1]
    return next(iter(largest), 0.0) or None  # where hardly anybody did it, a cap of zero would leave nothing


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
