from dataclasses import dataclass

from viral_engine.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentExposed(Event):
    """A unit saw its arm for the first time in this phase."""

    experiment: str
    phase: int  # its number within the experiment
    arm: str
    unit: str  # person id; in a referral tree, the person id of the first referrer


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentConversion(Event):
    """An exposed unit converted on a metric for the first time."""

    experiment: str
    phase: int
    arm: str
    unit: str
    metric: str  # the type of the event it counts


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardrailBreached(Event):
    """A guardrail metric passed its limit; the phase was paused and everyone gets the control."""

    experiment: str
    phase: int
    metric: str
