"""Assign people to arms. Assignment is not exposure: `log_exposure` runs where the arm is used."""

import logging
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import Error as AnyDatabaseError
from django.db import connection

from experiments import rules
from experiments.models import Assignment
from experiments.services.phase_cache import CachedArm, CachedPhase, PhaseCache, cached_phases

logger = logging.getLogger(__name__)
MAX_CACHED_UNITS = 50_000
_assigned: OrderedDict[tuple[int, str], str] = OrderedDict()  # (phase id, unit) -> arm whose row is stored


@dataclass(frozen=True, slots=True)
class AssignmentContext:
    """The person to assign, with the attributes that targeting may use."""

    person: str  # person id, the same before and after sign-up; empty for an unknown visitor
    tree: str = ""  # person id of the first referrer; empty for a person whom nobody referred
    role: str = "guest"
    grade: int | None = None
    cohort_id: int | None = None
    locale: str = "en"
    is_counted: bool = True  # False for staff, bots and simulated people: they get the control and are not logged


@dataclass(frozen=True, slots=True)
class Variant:
    """The arm a person gets. `is_enrolled` is False for a control or a winner given outside the test."""

    experiment: str
    arm: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    is_enrolled: bool = False
    phase_id: int = 0
    number: int = 0
    unit: str = ""


def get_variant(experiment: str, context: AssignmentContext, at: datetime) -> Variant:
    """The variant for this person; an experiment that does not run has no arm and no parameters.

    Cost  none on the second call; at most 1 insert and 1 query on the first.
    """
    return get_variants([experiment], context, at)[experiment]


def get_variants(experiments: Iterable[str], context: AssignmentContext, at: datetime) -> dict[str, Variant]:
    """As `get_variant`, for several experiments at the cost of one.

    While the database is unavailable, the hash alone decides and gives the same arm.
    """
    known = cached_phases()
    variants, new = {}, []
    for name in experiments:
        plan = known.plans.get(name)
        if plan is None:
            variants[name] = Variant(name)
            continue
        unit = context.tree or context.person if plan.unit == "tree" else context.person
        arm = _enrolled_arm(known, plan, context, unit)
        if arm is None:
            variants[name] = _not_enrolled(plan)
            continue
        variants[name] = _enrolled(plan, arm, unit)
        if (plan.phase_id, unit) not in _assigned:
            new.append(Assignment(phase_id=plan.phase_id, unit=unit, arm=arm.key, assigned_at=at))
    if new:
        _store(new)
    return variants


def forced_variant(experiment: str, arm: str) -> Variant:
    """The variant of a chosen arm, for previews; it is not enrolled, so it is never logged."""
    plan = cached_phases().plans.get(experiment)
    chosen = plan.arm(arm) if plan else None
    return Variant(experiment, chosen.key, chosen.params) if chosen else Variant(experiment)


def _enrolled_arm(known: PhaseCache, plan: CachedPhase, context: AssignmentContext, unit: str) -> CachedArm | None:
    if plan.state != "running" or not context.is_counted or not unit or known.is_held_out(unit):
        return None
    assigned = _assigned.get((plan.phase_id, unit))
    if assigned is not None:
        return plan.arm(assigned)
    if plan.slice is not None and not plan.slice.includes(unit):
        return None
    bucket = rules.bucket_from_state(plan.seed_state, unit)
    index = rules.arm_index_at(bucket, [arm.weight_bp for arm in plan.arms], plan.coverage_bp)
    if index is None:
        return None
    is_targeted = plan.audience.includes(
        role=context.role, grade=context.grade, cohort_id=context.cohort_id, locale=context.locale
    )
    return plan.arms[index] if is_targeted or _was_assigned(plan, unit) else None


def _was_assigned(plan: CachedPhase, unit: str) -> bool:
    """A unit that was assigned once stays, even if its grade or cohort has changed since."""
    return Assignment.objects.filter(phase_id=plan.phase_id, unit=unit).exists()


def _enrolled(plan: CachedPhase, arm: CachedArm, unit: str) -> Variant:
    return Variant(
        plan.experiment, arm.key, arm.params, is_enrolled=True, phase_id=plan.phase_id, number=plan.number, unit=unit
    )


def _not_enrolled(plan: CachedPhase) -> Variant:
    arm = plan.arm(plan.winner) or plan.control
    return Variant(plan.experiment, arm.key, arm.params)


def _store(rows: list[Assignment]) -> None:
    try:
        Assignment.objects.bulk_create(rows, ignore_conflicts=True)
    except AnyDatabaseError:
        if connection.in_atomic_block:
            raise
        logger.warning("experiments: could not store %s assignments; the hash gives the same arms again", len(rows))
        return
    for row in rows:
        _assigned[row.phase_id, row.unit] = row.arm
    while len(_assigned) > MAX_CACHED_UNITS:
        _assigned.popitem(last=False)


def clear_assignment_cache() -> None:
    """Clear the assignment cache between tests."""
    _assigned.clear()
