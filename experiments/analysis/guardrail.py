"""Test whether an arm is worse than an agreed limit: one-sided, and valid at every look."""

from dataclasses import dataclass
from enum import StrEnum
from math import copysign, sqrt

from experiments.analysis.samples import ALPHA, UnitEstimate
from experiments.analysis.sequential import DEFAULT_TUNED_UNITS, one_sided_p


class GuardrailDirection(StrEnum):
    MUST_NOT_RISE = "must_not_rise"
    MUST_NOT_FALL = "must_not_fall"


class GuardrailState(StrEnum):
    OK = "ok"
    EARLY = "early"  # too few people for a result
    WATCH = "watch"
    BREACHED = "breached"


@dataclass(frozen=True, slots=True)
class GuardrailLimit:
    """The largest acceptable change.

    Units  size is a share of the control if relative, else in the metric's own units.
    """

    direction: GuardrailDirection
    size: float
    is_relative: bool = True
    min_units: int = 200  # required in each arm before a breach


@dataclass(frozen=True, slots=True)
class GuardrailResult:
    """Units  beyond is the distance past the limit in the metric's own units; negative within the limit."""

    state: GuardrailState
    beyond: float | None
    p_value: float | None
    reason: str


def evaluate_guardrail(
    control: UnitEstimate | None,
    treatment: UnitEstimate | None,
    limit: GuardrailLimit,
    *,
    tuned: int = DEFAULT_TUNED_UNITS,
    alpha: float = ALPHA,
) -> GuardrailResult:
    """Breached only if the arm is significantly past the limit and both arms have the minimum number of units."""
    needed = limit.min_units
    if control is None or treatment is None or min(control.units, treatment.units) < needed:
        seen = min(arm.units if arm else 0 for arm in (control, treatment))
        return GuardrailResult(GuardrailState.EARLY, None, None, f"{seen} of the {needed} people needed in each arm.")
    beyond, error = _beyond(control, treatment, limit)
    units = control.units + treatment.units
    p_value = one_sided_p(beyond / error, units=units, tuned=tuned, alpha=alpha) if error else None
    return _result(beyond, p_value, alpha)


def _beyond(control: UnitEstimate, treatment: UnitEstimate, limit: GuardrailLimit) -> tuple[float, float]:
    """The distance past the limit and its standard error; linear in both arms, so that a control of zero works."""
    sign = 1 if limit.direction == GuardrailDirection.MUST_NOT_RISE else -1
    slope = 1 + sign * copysign(limit.size, control.value) if limit.is_relative else 1.0
    allowed = 0.0 if limit.is_relative else limit.size
    beyond = sign * (treatment.value - slope * control.value) - allowed
    return beyond, sqrt(treatment.squared_error + slope * slope * control.squared_error)


def _result(beyond: float, p_value: float | None, alpha: float) -> GuardrailResult:
    if beyond > 0 and p_value is not None and p_value <= alpha:
        return GuardrailResult(
            GuardrailState.BREACHED, beyond, p_value, "Past its limit; the difference is significant."
        )
    if beyond > 0:
        return GuardrailResult(GuardrailState.WATCH, beyond, p_value, "Past its limit; this may still be chance.")
    return GuardrailResult(GuardrailState.OK, beyond, p_value, "Within its limit.")
