"""One answer in plain words, or the reasons why there is none yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from experiments.analysis.guardrail import State
from experiments.analysis.samples import ALPHA, Comparison, Interval

LEAST_UNITS = 50
LEAST_CONVERSIONS = 5
MOST_IN_TWO_ARMS = 0.01
WEEK = 7


class Kind(StrEnum):
    WINNER = "winner"
    LOSER = "loser"
    NO_DIFFERENCE = "no_difference"
    KEEP_RUNNING = "keep_running"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Arm:
    """What is known of one arm by the primary metric; control is compared with nobody.

    Units  p_value is after Holm; conversions is None for a metric that counts none; guardrails are (name, state).
    """

    name: str
    units: int
    conversions: int | None
    comparison: Comparison | None = None
    p_value: float | None = None
    guardrails: tuple[tuple[str, State], ...] = ()

    @property
    def broken(self) -> tuple[str, ...]:
        return tuple(name for name, state in self.guardrails if state == State.BREACHED)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a verdict rests on.

    Units  days are whole days of exposure; planned_units are of each arm, None when nobody planned.
    """

    control: Arm
    treatments: tuple[Arm, ...]
    is_split_as_set: bool
    units_in_two_arms: int
    days: int
    planned_units: int | None
    is_sequential: bool
    wants_more: bool = True
    alpha: float = ALPHA

    @property
    def arms(self) -> tuple[Arm, ...]:
        return (self.control, *self.treatments)

    @property
    def is_full(self) -> bool:
        return self.planned_units is not None and min(arm.units for arm in self.arms) >= self.planned_units

    def gain(self, arm: Arm) -> float:
        """The difference from control, above zero when it is for the better."""
        difference = (arm.comparison and arm.comparison.difference) or 0.0
        return difference if self.wants_more else -difference

    def is_proven(self, arm: Arm) -> bool:
        return arm.p_value is not None and arm.p_value < self.alpha and self.gain(arm) != 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Shape  arm is the winner's name, None without one."""

    kind: Kind
    headline: str
    reasons: tuple[str, ...]
    arm: str | None = None


def judge(evidence: Evidence) -> Verdict:
    """The verdict: broken data is no verdict, harm ends a test at once, everything else waits until it may be read."""
    harm = tuple(_harm(evidence))
    doubts = tuple(_doubts(evidence))
    if doubts:
        return Verdict(Kind.WITHHELD, "No verdict: these numbers cannot be trusted.", doubts + harm)
    if evidence.treatments and all(arm.broken for arm in evidence.treatments):
        return Verdict(Kind.LOSER, f"Stop: keep {evidence.control.name}.", harm)
    missing = tuple(_missing(evidence))
    if missing:
        return Verdict(Kind.KEEP_RUNNING, "Keep running: it is too early to tell.", missing + harm)
    return _decided(evidence, harm)


def _doubts(evidence: Evidence) -> Iterator[str]:
    if not evidence.is_split_as_set:
        yield "People did not arrive in the proportions that were set. Find out why before reading any number."
    people = sum(arm.units for arm in evidence.arms)
    if evidence.units_in_two_arms > MOST_IN_TWO_ARMS * people:
        share = evidence.units_in_two_arms / people if people else 1.0
        yield f"{share:.1%} of people saw more than one arm; at most {MOST_IN_TWO_ARMS:.0%} may."


def _harm(evidence: Evidence) -> Iterator[str]:
    for arm in evidence.treatments:
        if arm.broken:
            yield f"{arm.name} breaks a guardrail: {', '.join(arm.broken)}."


def _missing(evidence: Evidence) -> Iterator[str]:
    for arm in evidence.arms:
        if arm.units < LEAST_UNITS:
            yield f"{arm.name} has {_counted(arm.units, 'person', 'people')}; it takes {LEAST_UNITS}."
        if arm.conversions is not None and arm.conversions < LEAST_CONVERSIONS:
            yield f"{arm.name} has {_counted(arm.conversions, 'conversion')}; it takes {LEAST_CONVERSIONS}."
    if not evidence.days or evidence.days % WEEK:
        left = WEEK - evidence.days % WEEK
        yield f"Wait {_counted(left, 'more day')} for whole weeks: weekends differ from school days."
    if not evidence.is_sequential and not evidence.is_full:
        yield _short_of_plan(evidence)


def _short_of_plan(evidence: Evidence) -> str:
    if evidence.planned_units is None:
        return "No size was planned, and without one only a sequential test may be read."
    fewest = min(arm.units for arm in evidence.arms)
    return f"The smallest arm has {fewest:,} of the {evidence.planned_units:,} people that were planned."


def _decided(evidence: Evidence, harm: tuple[str, ...]) -> Verdict:
    sound = [arm for arm in evidence.treatments if not arm.broken]
    proven = [arm for arm in sound if evidence.is_proven(arm)]
    better = sorted((arm for arm in proven if evidence.gain(arm) > 0), key=evidence.gain, reverse=True)
    worse = [arm for arm in proven if evidence.gain(arm) < 0]
    if better:
        return _winner(evidence, better, harm)
    if sound and len(worse) == len(sound):
        reasons = tuple(_told(evidence, arm) for arm in worse)
        return Verdict(Kind.LOSER, f"Keep {evidence.control.name}: nothing tried is better.", reasons + harm)
    reasons = tuple(_told(evidence, arm) for arm in sound)
    if evidence.is_full:
        return Verdict(Kind.NO_DIFFERENCE, f"No better arm than {evidence.control.name} was found.", reasons + harm)
    return Verdict(Kind.KEEP_RUNNING, "Keep running: nothing is proven yet.", reasons + harm)


def _winner(evidence: Evidence, better: list[Arm], harm: tuple[str, ...]) -> Verdict:
    first, *others = better
    also = tuple(f"{arm.name} is better than {evidence.control.name} too; {first.name} gains most." for arm in others)
    watched = tuple(
        f"Keep an eye on {name}: it may be past its limit." for name, state in first.guardrails if state == State.WATCH
    )
    reasons = (_told(evidence, first), _luck(first), *also, *watched, *harm)
    return Verdict(Kind.WINNER, f"{first.name} is better than {evidence.control.name}.", reasons, first.name)


def _told(evidence: Evidence, arm: Arm) -> str:
    """What an arm changed, with its interval."""
    comparison = arm.comparison
    if comparison is None or comparison.difference is None:
        return f"{arm.name} cannot be compared with {evidence.control.name}."
    change, ends, unit = _shown(arm, comparison)
    sentence = f"{arm.name}: {_signed(change, unit)} than {evidence.control.name}"
    if ends is None:
        return f"{sentence}."
    return f"{sentence}, likely between {_signed(ends.low, unit)} and {_signed(ends.high, unit)}."


def _shown(arm: Arm, comparison: Comparison) -> tuple[float, Interval | None, str]:
    """In percent of control; else in points of a rate, or in what the metric counts."""
    if comparison.lift is not None and comparison.lift_interval is not None:
        return comparison.lift, comparison.lift_interval, "%"
    return comparison.difference or 0.0, comparison.interval, " points" if arm.conversions is not None else ""


def _signed(change: float, unit: str) -> str:
    size = f"{100 * abs(change):.1f}{unit}" if unit else f"{abs(change):.3g}"
    return f"{size} {'less' if change < 0 else 'more'}"


def _luck(arm: Arm) -> str:
    once_in = int(1 / max(arm.p_value or 1.0, 1e-6))
    return f"Were both alike, luck alone would show this at most once in {once_in:,} experiments."


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
