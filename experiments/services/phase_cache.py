"""A cache of the served phases in each process, refreshed every few seconds and not per person."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any, Self, get_args, get_type_hints

from django.db import Error as AnyDatabaseError
from django.db import connection, transaction

from experiments import rules
from experiments.models import Phase
from viral_engine.kernel.events import Event, event_class

logger = logging.getLogger(__name__)
CACHE_TTL_S = 5.0  # another process may serve a paused phase this long; its exposures are refused


class UnknownExperiment(Exception):
    """No experiment with this key was ever started."""


@dataclass(frozen=True, slots=True)
class CachedArm:
    key: str
    weight_bp: int
    is_control: bool
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CachedMetric:
    """The part of a metric that counting an event needs."""

    id: int
    event: str
    value_of: str
    pre_days: int


@dataclass(frozen=True, slots=True)
class NamespaceSlice:
    """The range of namespace buckets an experiment may use."""

    namespace: str
    from_bp: int
    until_bp: int
    hash_version: int = 2  # of phases that started before namespaces had a version

    def includes(self, unit: str) -> bool:
        bucket = rules.namespace_bucket(self.namespace, unit, self.hash_version)
        return rules.is_between(bucket, self.from_bp, self.until_bp)

    @property
    def sdk_setting(self) -> str:
        """The setting with which a GrowthBook SDK takes the same people."""
        bounds = f"{self.from_bp / rules.TOTAL_BP:g}, {self.until_bp / rules.TOTAL_BP:g}"
        if self.hash_version == 1:
            return f'namespace: ["{self.namespace}", {bounds}]'
        return f'filters: [{{seed: "__{self.namespace}", hashVersion: 2, ranges: [[{bounds}]]}}]'


@dataclass(frozen=True, slots=True)
class CachedPhase:
    """A served phase, ready for assignment."""

    phase_id: int
    experiment: str
    number: int
    state: str  # running | paused | ended
    unit: str  # person | tree
    seed_state: int
    coverage_bp: int
    arms: tuple[CachedArm, ...]
    winner: str
    audience: rules.Targeting
    slice: NamespaceSlice | None
    window: timedelta
    metrics: tuple[CachedMetric, ...]

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
            arms=tuple(CachedArm(arm["key"], arm["weight_bp"], arm["is_control"], arm["params"]) for arm in phase.arms),
            winner=phase.winner,
            audience=rules.Targeting(**{name: frozenset(values) for name, values in plan["audience"].items()}),
            slice=NamespaceSlice(**part) if part else None,
            window=rules.conversion_window(plan),
            metrics=tuple(
                CachedMetric(**{name: metric[name] for name in ("id", "event", "value_of", "pre_days")})
                for metric in phase.metrics
            ),
        )

    @property
    def control(self) -> CachedArm:
        return next(arm for arm in self.arms if arm.is_control)

    def counting(self, event_type: str) -> list[CachedMetric]:
        """The metrics that count events of this type."""
        return [metric for metric in self.metrics if metric.event == event_type]

    def arm(self, key: str) -> CachedArm | None:
        return next((arm for arm in self.arms if arm.key == key), None)


HoldoutSeeds = tuple[tuple[int, int], ...]  # (hashed seed, share in basis points)


def holdout_seeds(shares: Mapping[str, int]) -> HoldoutSeeds:
    return tuple((rules.fnv32a(f"holdout:{name}"), share_bp) for name, share_bp in shares.items())


def is_held_out(seeds: HoldoutSeeds, unit: str) -> bool:
    return any(rules.bucket_from_state(seed_state, unit) < share_bp for seed_state, share_bp in seeds)


@dataclass(frozen=True, slots=True)
class PhaseCache:
    plans: dict[str, CachedPhase] = field(default_factory=dict)
    holdouts: HoldoutSeeds = ()
    read_s: float = float("-inf")

    def is_held_out(self, unit: str) -> bool:
        return is_held_out(self.holdouts, unit)


_cache = PhaseCache()
_event_types: set[str] = set()


def cached_phases() -> PhaseCache:
    """Every phase that runs, is paused, or ended with a winner.

    While the database is unavailable the last cache stays in use, however old, so that people keep their arm.

    Cost  none; 1 query every 5 seconds in each process.
    """
    global _cache  # noqa: PLW0603  (one cache per process)
    if is_stale():
        try:
            _cache = _read()
        except AnyDatabaseError:
            if connection.in_atomic_block:
                raise  # the transaction is already broken, and continuing would hide it
            logger.warning("experiments: the database does not answer; using the cached phases")
            _cache = PhaseCache(_cache.plans, _cache.holdouts, monotonic())
    return _cache


def is_stale() -> bool:
    return monotonic() - _cache.read_s > CACHE_TTL_S


def _read() -> PhaseCache:
    """1 query: holdouts are read with the phases, because they matter only if a phase is served."""
    # In order of start, so that a running phase replaces an earlier one with a winner.
    served = list(Phase.objects.all().served().with_holdout_shares().order_by("pk"))
    plans = {phase.plan["key"]: CachedPhase.of(phase) for phase in served}
    shares = (served[0].holdout_shares or {}) if served else {}
    return PhaseCache(plans, holdout_seeds(shares), monotonic())


def invalidate_phase_cache() -> None:
    """Read the phases again on the next call; every change of an experiment invalidates the cache."""
    global _cache  # noqa: PLW0603
    _cache = PhaseCache(_cache.plans, _cache.holdouts)


def prime_empty_phase_cache() -> None:
    """Start a test with a fresh cache without phases, so that it counts no query for it."""
    global _cache  # noqa: PLW0603
    _cache = PhaseCache(read_s=monotonic())


def register_event_type(event_type: str) -> None:
    """Allow metrics to count events of this type; the wiring also connects the type to `record_event`."""
    _event_types.add(event_type)


def event_types() -> list[str]:
    """The sorted event types that a metric may count."""
    return sorted(_event_types)


def value_error(event_type: str, value_of: str) -> str:
    """The reason why a metric cannot sum this property of the event; empty if it is a number."""
    if not value_of:
        return ""
    numbers = [name for name, kind in _property_types(event_type).items() if _is_number(kind)]
    if value_of in numbers:
        return ""
    offered = f"It carries these numbers: {', '.join(numbers)}." if numbers else "It carries no number."
    return f"{value_of} is not a number that {event_type} carries. {offered} Leave it empty to count events."


def _property_types(event_type: str) -> dict[str, Any]:
    """{name: type} of the properties of an event; empty for a type that no class declares."""
    try:
        kinds = get_type_hints(event_class(event_type))
    except KeyError:
        return {}
    envelope = get_type_hints(Event)
    return {name: kind for name, kind in kinds.items() if name not in envelope}


def _is_number(kind: Any) -> bool:
    kinds = set(get_args(kind) or (kind,)) - {type(None)}
    return bool(kinds) and kinds <= {int, float}


def targets_cohorts() -> bool:
    """Whether any phase targets cohorts, so that a caller needs the query for a person's cohort."""
    return any(plan.audience.cohorts for plan in cached_phases().plans.values())


def running_count() -> int:
    """Number of running experiments in this process's cache."""
    return sum(plan.state == "running" for plan in cached_phases().plans.values())


def is_measured(event_type: str) -> bool:
    """Whether a running phase may count events of this type. No query inside a transaction, and no failure.

    There an old cache answers yes, and is read again after the commit.
    """
    if connection.in_atomic_block and is_stale():
        transaction.on_commit(cached_phases, robust=True)
        return True
    return any(plan.state == "running" and plan.counting(event_type) for plan in cached_phases().plans.values())
