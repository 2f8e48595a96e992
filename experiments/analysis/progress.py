"""How far a test has come to its plan, and how small an effect it can see."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

from experiments.analysis.metrics import MetricReport
from experiments.analysis.power import POWER, detectable_errors, fixed_errors
from experiments.analysis.samples import ALPHA

_COARSE = 50  # the share of the plan is rounded to a fiftieth, so that most values are computed once


@dataclass(frozen=True, slots=True)
class PlanProgress:
    """The progress of the smallest arm.

    Units  effects are the smallest changes that the test detects in 80% of experiments, as a share of the control; None
           while they cannot be computed. `comparisons` share the 5% of false positives.
    """

    units: int
    planned_units: int | None
    is_sequential: bool
    comparisons: int
    effect_now: float | None = None
    effect_at_plan: float | None = None

    @property
    def share(self) -> float:
        """0..1; 0 without a plan."""
        return min(1.0, self.units / self.planned_units) if self.planned_units else 0.0

    @property
    def is_full(self) -> bool:
        return self.planned_units is not None and self.units >= self.planned_units


def plan_progress(plan: Mapping[str, Any], primary: MetricReport, *, comparisons: int) -> PlanProgress:
    """The progress of the primary metric, with the alpha of the strictest of its comparisons."""
    units, planned = min(arm.units for arm in primary.arms), plan["planned_units"]
    errors = [
        arm.fixed.standard_error / abs(arm.fixed.control)
        for arm in primary.arms
        if arm.fixed and arm.fixed.standard_error and arm.fixed.control
    ]
    facts = {"units": units, "planned_units": planned, "is_sequential": plan["is_sequential"]}
    if not errors or not planned or not units:
        return PlanProgress(**facts, comparisons=comparisons)
    alpha, error = ALPHA / max(1, comparisons), max(errors)
    return PlanProgress(
        **facts,
        comparisons=comparisons,
        effect_now=error * _errors(alpha, units / planned, is_sequential=plan["is_sequential"]),
        effect_at_plan=error * sqrt(units / planned) * _errors(alpha, 1.0, is_sequential=plan["is_sequential"]),
    )


def _errors(alpha: float, share: float, *, is_sequential: bool) -> float:
    if not is_sequential:
        return fixed_errors(alpha=alpha, power=POWER)
    coarse = max(1, min(_COARSE * 10, round(share * _COARSE))) / _COARSE
    return detectable_errors(alpha=alpha, power=POWER, share=coarse)
