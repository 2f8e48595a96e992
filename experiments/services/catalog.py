"""What runs now, as each process remembers it: read once in a few seconds, never once a person."""

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any, Self

from django.db import DatabaseError, connection
from django.db.models import Subquery

from experiments import rules
from experiments.models import Holdout, Phase

logger = logging.getLogger(__name__)
REMEMBERED_S = 5.0  # how long another process may go on with a phase that was just paused; its exposures are refused


class UnknownExperiment(Exception):
    """No experiment of this name was ever started."""


@dataclass(frozen=True, slots=True)
class Arm:
    key: str
    weight_bp: int
    is_control: bool
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Counted:
    """A metric, as far as an event concerns it."""

    id: int
    event: str
    value_of: str
    pre_days: int


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of a namespace an experiment may use."""

    namespace: str
    from_bp: int
    until_bp: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One phase, ready to be asked."""

    phase_id: int
    experiment: str
    number: int
    state: str  # running | paused | ended
    unit: str  # person | tree
    seed_state: int
    coverage_bp: int
    arms: tuple[Arm, ...]
    winner: str
    audience: rules.Audience
    slice: Slice | None
    window: timedelta
    metrics: tuple[Counted, ...]

    @classmethod
    def of(cls, phase: Phase) -> Self:
        plan = phase.plan
        part = plan["slice"]
        return cls(
            phase_id=phase.pk,
            experiment=plan["key"],
            number=phase.number,
            state=phase.state,
            unit=plan["unit"],
            seed_state=rules.fnv32a(phase.seed),
            coverage_bp=phase.coverage_bp,
            arms=tuple(Arm(arm["key"], arm["weight_bp"], arm["is_control"], arm["params"]) for arm in phase.arms),
            winner=phase.winner,
            audience=rules.Audience(**{name: frozenset(values) for name, values in plan["audience"].items()}),
            slice=Slice(**part) if part else None,
            window=timedelta(hours=plan["window_h"]),
            metrics=tuple(
                Counted(**{name: metric[name] for name in ("id", "event", "value_of", "pre_days")})
                for metric in phase.metrics
            ),
        )

    @property
    def control(self) -> Arm:
        return next(arm for arm in self.arms if arm.is_control)

    def counting(self, event_type: str) -> list[Counted]:
        return [metric for metric in self.metrics if metric.event == event_type]

    def arm(self, key: str) -> Arm | None:
        return next((arm for arm in self.arms if arm.key == key), None)


@dataclass(frozen=True, slots=True)
class Catalog:
    plans: dict[str, Plan] = field(default_factory=dict)
    holdouts: tuple[tuple[int, int], ...] = ()  # (hashed seed, share)
    read_s: float = float("-inf")

    def is_held_out(self, unit: str) -> bool:
        return any(rules.bucket_after(seed_state, unit) < share_bp for seed_state, share_bp in self.holdouts)


_known = Catalog()
_reported: set[str] = set()


def catalog() -> Catalog:
    """Every phase that runs, pauses, or ended with a winner.

    With the database away the last answer stands, however old: people keep the arm they had.

    Cost  none; 1 query once in 5 seconds and process.
    """
    global _known  # noqa: PLW0603  (the process's one memory of what runs)
    if monotonic() - _known.read_s > REMEMBERED_S:
        try:
            _known = _read()
        except DatabaseError:
            if connection.in_atomic_block:
                raise  # the transaction is broken already: going on would hide it
            logger.warning("experiments: the database does not answer; going on with what is known")
            _known = Catalog(_known.plans, _known.holdouts, monotonic())
    return _known


def _read() -> Catalog:
    """1 query: holdouts come with the phases, since nobody is held out of nothing."""
    # In order of start: the phase that runs now takes the place of an earlier one with a winner.
    served = list(Phase.objects.all().served().annotate(held=Subquery(Holdout.objects.all().shares())).order_by("pk"))
    plans = {phase.plan["key"]: Plan.of(phase) for phase in served}
    held: dict[str, int] = getattr(served[0], "held", None) or {} if served else {}
    holdouts = tuple((rules.fnv32a(f"holdout:{name}"), share_bp) for name, share_bp in held.items())
    return Catalog(plans, holdouts, monotonic())


def forget() -> None:
    """The next question reads anew; whoever changes an experiment calls it."""
    global _known  # noqa: PLW0603
    _known = Catalog(_known.plans, _known.holdouts)


def know_of_none() -> None:
    """As a process that has read that nothing runs; tests begin so, and count no reading."""
    global _known  # noqa: PLW0603
    _known = Catalog(read_s=monotonic())


def report(event_type: str) -> None:
    """Events of this type reach `record_event`; the wiring says so, and a metric may count them."""
    _reported.add(event_type)


def reported() -> list[str]:
    """The types of event a metric may count, in order."""
    return sorted(_reported)


def asks_for_cohorts() -> bool:
    """Whether any phase is for certain cohorts, so that asking for a person's is worth a query."""
    return any(plan.audience.cohorts for plan in catalog().plans.values())


def running_count() -> int:
    """How many experiments count people now, as far as this process knows."""
    return sum(plan.state == "running" for plan in catalog().plans.values())


def is_measured(event_type: str) -> bool:
    """Whether a running phase counts events of this type."""
    return any(plan.state == "running" and plan.counting(event_type) for plan in catalog().plans.values())
