from dataclasses import dataclass

from viral_engine.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentExposed(Event):
    """A unit met its arm for the first time in this phase."""

    experiment: str
    phase: int  # its number within the experiment
    arm: str
    unit: str  # person id, or the person id of the first inviter of a tree


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentConversion(Event):
    """An exposed unit did, for the first time, what a metric counts."""

    experiment: str
    phase: int
    arm: str
    unit: str
    metric: str  # the type of the event it counts


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardrailBreached(Event):
    """An experiment harmed what it must not: everybody is served the control from now on."""

    experiment: str
    phase: int
    metric: str
