"""Which arm somebody gets. Asking is not meeting: exposure is logged where the arm is used."""

import logging
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection

from experiments import rules
from experiments.models import Assignment
from experiments.services.catalog import Arm, Catalog, Plan, catalog

logger = logging.getLogger(__name__)
REMEMBERED_UNITS = 50_000
_remembered: OrderedDict[tuple[int, str], str] = OrderedDict()  # (phase, unit) -> arm whose row exists


@dataclass(frozen=True, slots=True)
class Who:
    """The person who asks, as far as experiments may know them."""

    person: str  # person id: the same before and after sign-up; empty for a stranger
    tree: str = ""  # person id of the first inviter of the tree they came by; empty: they are the first
    role: str = "guest"
    grade: int | None = None
    cohort_id: int | None = None
    locale: str = "en"
    is_counted: bool = True  # False for staff, robots and simulated people: control, and nothing is logged


@dataclass(frozen=True, slots=True)
class Variant:
    """What is served. `is_enrolled` is False for whoever gets a control or a winner without being part of the test."""

    experiment: str
    arm: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    is_enrolled: bool = False
    phase_id: int = 0
    number: int = 0
    unit: str = ""


def get_variant(experiment: str, who: Who, at: datetime) -> Variant:
    """The arm this person is served; an experiment that does not run serves no arm and no parameters.

    Cost  none on the second ask; at most 1 insert and 1 query on the first.
    """
    return get_variants([experiment], who, at)[experiment]


def get_variants(experiments: Iterable[str], who: Who, at: datetime) -> dict[str, Variant]:
    """As `get_variant`, for several at the cost of one.

    With the database away the hash alone decides, and decides the same.
    """
    known = catalog()
    served, new = {}, []
    for name in experiments:
        plan = known.plans.get(name)
        if plan is None:
            served[name] = Variant(name)
            continue
        unit = who.tree or who.person if plan.unit == "tree" else who.person
        arm = _enrolled_arm(known, plan, who, unit)
        if arm is None:
            served[name] = _outside(plan)
            continue
        served[name] = _enrolled(plan, arm, unit)
        if (plan.phase_id, unit) not in _remembered:
            new.append(Assignment(phase_id=plan.phase_id, unit=unit, arm=arm.key, assigned_at=at))
    if new:
        _remember(new)
    return served


def forced(experiment: str, arm: str) -> Variant:
    """One arm as staff preview it: it is never logged."""
    plan = catalog().plans.get(experiment)
    chosen = plan.arm(arm) if plan else None
    return Variant(experiment, chosen.key, chosen.params) if chosen else Variant(experiment)


def _enrolled_arm(known: Catalog, plan: Plan, who: Who, unit: str) -> Arm | None:
    if plan.state != "running" or not who.is_counted or not unit or known.is_held_out(unit):
        return None
    remembered = _remembered.get((plan.phase_id, unit))
    if remembered is not None:
        return plan.arm(remembered)
    part = plan.slice
    if part is not None:
        place = rules.bucket(f"__{part.namespace}", unit)
        if not rules.is_between(place, part.from_bp, part.until_bp):
            return None
    place = rules.bucket_after(plan.seed_state, unit)
    index = rules.arm_at(place, [arm.weight_bp for arm in plan.arms], plan.coverage_bp)
    if index is None:
        return None
    is_asked = plan.audience.holds(role=who.role, grade=who.grade, cohort_id=who.cohort_id, locale=who.locale)
    return plan.arms[index] if is_asked or _was_assigned(plan, unit) else None


def _was_assigned(plan: Plan, unit: str) -> bool:
    """Who was asked once stays, though their grade or cohort has changed since."""
    return Assignment.objects.filter(phase_id=plan.phase_id, unit=unit).exists()


def _enrolled(plan: Plan, arm: Arm, unit: str) -> Variant:
    return Variant(
        plan.experiment, arm.key, arm.params, is_enrolled=True, phase_id=plan.phase_id, number=plan.number, unit=unit
    )


def _outside(plan: Plan) -> Variant:
    arm = plan.arm(plan.winner) or plan.control
    return Variant(plan.experiment, arm.key, arm.params)


def _remember(rows: list[Assignment]) -> None:
    try:
        Assignment.objects.bulk_create(rows, ignore_conflicts=True)
    except DatabaseError:
        if connection.in_atomic_block:
            raise
        logger.warning("experiments: %s assignments could not be kept; the hash gives the same again", len(rows))
        return
    for row in rows:
        _remembered[row.phase_id, row.unit] = row.arm
    while len(_remembered) > REMEMBERED_UNITS:
        _remembered.popitem(last=False)


def forget_units() -> None:
    """Tests begin with nobody remembered."""
    _remembered.clear()
