"""Read the sufficient statistics of a phase with GROUP BY, without loading events or units."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    ExpressionWrapper,
    F,
    FloatField,
    IntegerField,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Least

from experiments import rules
from experiments.analysis.arm_stats import ArmStats, MetricSums
from experiments.models import Exposure, Outcome, Phase
from viral_engine.kernel.clock import utc_day

CAPPED_SHARE = 0.001  # values of a mean are capped at the pooled 99.9th percentile


@dataclass(frozen=True, slots=True)
class PhaseStats:
    """The totals of a phase by arm key, including arms without units.

    `judged` holds the units exposed in whole weeks, with all of their pre-period and the events of those weeks: what
    the verdict reads. `current` holds every unit, and the sums of guardrails: harm does not wait for a week to end.
    In the first week both are the same.
    """

    current: dict[str, ArmStats]
    judged: dict[str, ArmStats]


def read_phase_stats(phase: Phase, cut: datetime | None) -> PhaseStats:
    """The totals now, and those of the whole weeks that end at `cut`.

    Cost  2 queries, and 2 for each metric that is a mean, for any number of units.
    """
    current = {arm["key"]: ArmStats() for arm in phase.arms}
    judged = {arm["key"]: ArmStats() for arm in phase.arms} if cut else current
    for row in _exposures(phase, cut):
        _add_units(current, row)
        if cut and row["is_judged"]:
            _add_units(judged, row)
    guards = {metric["id"] for metric in phase.metrics if metric["part"] == "guardrail"}
    units = {True: _units(current), False: _units(judged)}
    for row in _outcomes(phase, _Counted(phase, cut, guards), units):
        _add_sums(current if row["metric"] in guards else judged, row)
    return PhaseStats(current, judged)


class _Counted:
    """The part of an outcome that counts: all of a guardrail, else the events before the cut; all without a cut."""

    def __init__(self, phase: Phase, cut: datetime | None, guards: set[int]) -> None:
        self.phase = phase
        self.cut = cut
        self.guards = guards
        self.weeks = rules.week_of(cut, phase.started_at) if cut else 0

    def units(self) -> Q:
        """All units of a guardrail, else those exposed before the cut; the few later ones are left out by a hash."""
        if self.cut is None:
            return Q()
        later = Exposure.objects.filter(phase=self.phase, at__gte=self.cut).values("pk")
        return Q(metric__in=self.guards) | ~Q(exposure_id__in=later)

    def of(self, name: str) -> Any:
        if self.cut is None:
            return F(name)
        is_whole = Q(metric__in=self.guards) | Q(week__lt=self.weeks)
        return Case(
            When(~Q(metric__in=self.guards) & Q(first_on__gt=utc_day(self.cut)), then=Value(0)),
            When(is_whole, then=F(name)),
            default=F(f"{name}_before_week"),
            output_field=FloatField() if name == "total" else IntegerField(),
        )


def _exposures(phase: Phase, cut: datetime | None) -> Iterable[dict[str, Any]]:
    is_judged = Q(at__lt=cut) if cut else Q(pk__isnull=False)
    rows = (
        Exposure.objects.filter(phase=phase)
        .annotate(is_judged=ExpressionWrapper(is_judged, output_field=BooleanField()))
        .values("arm", "on", "is_judged")
        .annotate(units=Count("pk"), crossed=Count("pk", filter=Q(is_crossed=True)), held_out=Count("held_out_at"))
        .order_by("on")
    )
    return (dict(row) for row in rows)


def _add_units(arms: dict[str, ArmStats], row: dict[str, Any]) -> None:
    arm = arms.setdefault(row["arm"], ArmStats())
    arm.units += row["units"]
    arm.crossed += row["crossed"]
    arm.held_out += row["held_out"]
    arm.exposed_on[row["on"]] = arm.exposed_on.get(row["on"], 0) + row["units"]


def _add_sums(arms: dict[str, ArmStats], row: dict[str, Any]) -> None:
    arm = arms.setdefault(row["arm"], ArmStats())
    arm.sums.setdefault(row["metric"], MetricSums()).add(row)
    if row["first_on"] is not None and row["of_converted"]:
        arm.converted_on.setdefault(row["metric"], {})[row["first_on"]] = row["of_converted"]


def _units(arms: dict[str, ArmStats]) -> int:
    return sum(arm.units for arm in arms.values())


def _outcomes(phase: Phase, counted: _Counted, units: dict[bool, int]) -> Iterator[dict[str, Any]]:
    """The sums by metric, arm and day of first event. Units  units are {is a guardrail: exposed units}."""
    outcomes = Outcome.objects.filter(counted.units(), phase=phase).annotate(
        taken_count=counted.of("count"), taken_total=counted.of("total")
    )
    means = [metric["id"] for metric in phase.metrics if metric["kind"] == "mean"]
    others = [metric["id"] for metric in phase.metrics if metric["kind"] != "mean"]
    yield from _sums(outcomes.filter(metric__in=others), cap=None)
    for metric_id in means:
        of_metric = outcomes.filter(metric=metric_id)
        yield from _sums(of_metric, cap=_cap(of_metric, units[metric_id in counted.guards]))


def _cap(outcomes: "QuerySet[Any]", units: int) -> float | None:
    """The value that 0.1% of all exposed units exceed, counting units without events as zero."""
    units_above = int(units * CAPPED_SHARE)
    if not units_above:
        return None
    largest = outcomes.order_by("-taken_total").values_list("taken_total", flat=True)[units_above : units_above + 1]
    return next(iter(largest), 0.0) or None  # if few units have events, a cap of zero would remove all values


def _sums(outcomes: QuerySet[Outcome], *, cap: float | None) -> Iterator[dict[str, Any]]:
    total: Any = F("taken_total")
    if cap is not None:
        total = Least(total, Value(cap), output_field=FloatField())
    number = Cast("taken_count", FloatField())
    rows = (
        outcomes.values("metric", "arm", "first_on")
        .annotate(
            of_converted=Count("pk", filter=Q(taken_count__gt=0)),
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
