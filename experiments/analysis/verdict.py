"""The verdict of an experiment in plain words, or the reasons why there is none yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from experiments.analysis.guardrail import GuardrailState
from experiments.analysis.samples import ALPHA, Comparison, Interval
from viral_engine.formatting import count_noun, more_or_less, percent

MIN_UNITS = 50
MIN_CONVERSIONS = 5
MAX_CROSSED_SHARE = 0.01
DAYS_A_WEEK = 7


class VerdictKind(StrEnum):
    WINNER = "winner"
    LOSER = "loser"
    NO_DIFFERENCE = "no_difference"
    KEEP_RUNNING = "keep_running"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class ArmEvidence:
    """One arm by the primary metric; the control has no comparison.

    Units  p_value is after Holm; conversions is None for a metric without conversions; guardrails are (name, state).
    """

    name: str
    units: int
    conversions: int | None
    comparison: Comparison | None = None
    p_value: float | None = None
    guardrails: tuple[tuple[str, GuardrailState], ...] = ()

    @property
    def breached(self) -> tuple[str, ...]:
        return tuple(name for name, state in self.guardrails if state == GuardrailState.BREACHED)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The inputs of a verdict.

    Units  days are whole days of exposure; planned_units are per arm, None without a plan.
    """

    control: ArmEvidence
    treatments: tuple[ArmEvidence, ...]
    is_split_as_set: bool
    units_in_two_arms: int
    days: int
    planned_units: int | None
    is_sequential: bool
    wants_more: bool = True
    alpha: float = ALPHA

    @property
    def arms(self) -> tuple[ArmEvidence, ...]:
        return (self.control, *self.treatments)

    @property
    def is_full(self) -> bool:
        return self.planned_units is not None and min(arm.units for arm in self.arms) >= self.planned_units

    def gain(self, arm: ArmEvidence) -> float:
        """The difference from the control, positive for an improvement."""
        difference = (arm.comparison and arm.comparison.difference) or 0.0
        return difference if self.wants_more else -difference

    def is_proven(self, arm: ArmEvidence) -> bool:
        return arm.p_value is not None and arm.p_value < self.alpha and self.gain(arm) != 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of an experiment with its reasons.

    Shape  arm is the name of the winner, None without a winner.
    """

    kind: VerdictKind
    headline: str
    reasons: tuple[str, ...]
    arm: str | None = None


def decide_verdict(evidence: Evidence) -> Verdict:
    """Decide the verdict: invalid data withholds it, harm ends the test at once, all else waits for enough data."""
    harm = tuple(_harm(evidence))
    doubts = tuple(_doubts(evidence))
    if doubts:
        return Verdict(VerdictKind.WITHHELD, "No verdict: these numbers cannot be trusted.", doubts + harm)
    if evidence.treatments and all(arm.breached for arm in evidence.treatments):
        return Verdict(VerdictKind.LOSER, f"Stop: keep {evidence.control.name}.", harm)
    missing = tuple(_missing(evidence))
    if missing:
        return Verdict(VerdictKind.KEEP_RUNNING, "Keep running: it is too early to tell.", missing + harm)
    return _decided(evidence, harm)


def _doubts(evidence: Evidence) -> Iterator[str]:
    if not evidence.is_split_as_set:
        yield "Traffic does not match the configured split. Find the cause before you use any number."
    people = sum(arm.units for arm in evidence.arms)
    if evidence.units_in_two_arms > MAX_CROSSED_SHARE * people:
        share = evidence.units_in_two_arms / people if people else 1.0
        yield f"{percent(share, 1)} of people saw more than one arm; at most {MAX_CROSSED_SHARE:.0%} may."


def _harm(evidence: Evidence) -> Iterator[str]:
    for arm in evidence.treatments:
        if arm.breached:
            yield f"{arm.name} breaches a guardrail: {', '.join(arm.breached)}."


def _missing(evidence: Evidence) -> Iterator[str]:
    for arm in evidence.arms:
        if arm.units < MIN_UNITS:
            yield f"{arm.name} has {count_noun(arm.units, 'person', 'people')}; it needs {MIN_UNITS}."
        if arm.conversions is not None and arm.conversions < MIN_CONVERSIONS:
            yield f"{arm.name} has {count_noun(arm.conversions, 'conversion')}; it needs {MIN_CONVERSIONS}."
    if not evidence.days or evidence.days % DAYS_A_WEEK:
        left = DAYS_A_WEEK - evidence.days % DAYS_A_WEEK
        yield f"Wait {count_noun(left, 'more day')} to complete the week, because weekends differ from school days."
    if not evidence.is_sequential and not evidence.is_full:
        yield _short_of_plan(evidence)


def _short_of_plan(evidence: Evidence) -> str:
    if evidence.planned_units is None:
        return "No sample size was planned. Plan one, or use a sequential test."
    smallest = min(arm.units for arm in evidence.arms)
    return f"The smallest arm has {smallest:,} of the {evidence.planned_units:,} planned people."


def _decided(evidence: Evidence, harm: tuple[str, ...]) -> Verdict:
    sound = [arm for arm in evidence.treatments if not arm.breached]
    proven = [arm for arm in sound if evidence.is_proven(arm)]
    better = sorted((arm for arm in proven if evidence.gain(arm) > 0), key=evidence.gain, reverse=True)
    worse = [arm for arm in proven if evidence.gain(arm) < 0]
    if better:
        return _winner(evidence, better, harm)
    if sound and len(worse) == len(sound):
        reasons = tuple(_change_text(evidence, arm) for arm in worse)
        return Verdict(VerdictKind.LOSER, f"Keep {evidence.control.name}: no other arm is better.", reasons + harm)
    reasons = tuple(_change_text(evidence, arm) for arm in sound)
    if evidence.is_full:
        return Verdict(VerdictKind.NO_DIFFERENCE, f"No arm is better than {evidence.control.name}.", reasons + harm)
    return Verdict(VerdictKind.KEEP_RUNNING, "Keep running: nothing is proven yet.", reasons + harm)


def _winner(evidence: Evidence, better: list[ArmEvidence], harm: tuple[str, ...]) -> Verdict:
    first, *others = better
    also = tuple(f"{arm.name} is also better than {evidence.control.name}; {first.name} gains most." for arm in others)
    watched = tuple(
        f"Watch {name}: it may be past its limit." for name, state in first.guardrails if state == GuardrailState.WATCH
    )
    reasons = (_change_text(evidence, first), _chance_text(first), *also, *watched, *harm)
    return Verdict(VerdictKind.WINNER, f"{first.name} is better than {evidence.control.name}.", reasons, first.name)


def _change_text(evidence: Evidence, arm: ArmEvidence) -> str:
    """The change of an arm against the control, with its interval."""
    comparison = arm.comparison
    if comparison is None or comparison.difference is None:
        return f"{arm.name} cannot be compared with {evidence.control.name}."
    change, ends, unit = _change_and_unit(arm, comparison)
    sentence = f"{arm.name}: {more_or_less(change, unit)} than {evidence.control.name}"
    if ends is None:
        return f"{sentence}."
    span = f"between {more_or_less(ends.low, unit)} and {more_or_less(ends.high, unit)}"
    return f"{sentence}, likely {span} ({comparison.interval_name})."


def _change_and_unit(arm: ArmEvidence, comparison: Comparison) -> tuple[float, Interval | None, str]:
    """In percent of the control if possible, else in percentage points or in the metric's unit."""
    if comparison.lift is not None and comparison.lift_interval is not None:
        return comparison.lift, comparison.lift_interval, "%"
    return comparison.difference or 0.0, comparison.interval, " points" if arm.conversions is not None else ""


def _chance_text(arm: ArmEvidence) -> str:
    once_in = int(1 / max(arm.p_value or 1.0, 1e-6))
    return f"If both arms were equal, chance would produce this result at most once in {once_in:,} experiments."
