"""The loops' adapter to experiments: variants of a person, their exposure, and the outcomes of events."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist

from experiments.services import phase_cache
from experiments.services.assignment import AssignmentContext, Variant, get_variants
from experiments.services.exposure import log_exposures
from experiments.services.outcomes import merge_guest_units, record_event
from loops.models import Link
from viral_engine.accounts.events import GuestMerged
from viral_engine.accounts.models import CohortMembership, User
from viral_engine.kernel.agent_registry import EXPERIMENTATION
from viral_engine.kernel.circuit_breaker import CallResult, call_with_fallback
from viral_engine.kernel.events import Event

BUDGET_MS = EXPERIMENTATION.call_budget_ms


def tree_root_of(user: User) -> str:
    """The person id of the first referrer of the user's referral tree; the user's own id without a referral.

    Cost  none if the user was loaded with referral__link, else at most 2 queries.
    """
    try:
        return user.referral.link.tree
    except ObjectDoesNotExist:
        return str(user.person_id)


def assignment_context(user: User) -> AssignmentContext:
    """The user's attributes for assignment. Cost  as `tree_root_of`; 1 query more while a phase targets cohorts."""
    cohort_id = None
    if phase_cache.targets_cohorts():
        cohort_id = CohortMembership.objects.filter(user=user).values_list("cohort_id", flat=True).first()
    return AssignmentContext(
        person=str(user.person_id),
        tree=tree_root_of(user),
        role=user.role,
        grade=user.grade,
        cohort_id=cohort_id,
        is_counted=user.is_counted,
    )


def arms_for(user: User, names: Iterable[str], at: datetime) -> CallResult[dict[str, Variant]]:
    """The user's variant in each experiment; this logs no exposure.

    If the Experimentation agent fails, everyone gets the loop's default.
    """
    return call_with_fallback(
        EXPERIMENTATION.key,
        lambda: get_variants(names, assignment_context(user), at),
        fallback={name: Variant(name) for name in names},
        budget_ms=BUDGET_MS,
    )


def carried_arms(arms: Iterable[Variant]) -> list[dict[str, Any]]:
    """Enrolled variants as a link stores them, so that referees see the referrer's variant."""
    return [
        {
            "experiment": arm.experiment,
            "arm": arm.arm,
            "phase_id": arm.phase_id,
            "number": arm.number,
            "unit": arm.unit,
        }
        for arm in arms
        if arm.is_enrolled
    ]


def expose(link: Link, at: datetime) -> None:
    """Log exposure to the link's variants when they appear on a screen.

    Cost  none for a link without variants, or on the second call; else as `log_exposures`.
    """
    log_exposures([Variant(**stored, is_enrolled=True) for stored in link.arms], at)


def is_measured(event: Event) -> bool:
    """Whether a running experiment counts events of this type."""
    return phase_cache.is_measured(event.type)


def record_outcome(event: Event, at: datetime) -> None:
    """Count the event in every experiment that measures it, for the person and for their referral tree.

    A durable listener: one transaction holds the counts and the record that they were made.

    Cost  at most 3 queries, plus the cost of `record_event`.
    """
    persons, trees = {event.guest_id}, set()
    if event.actor_id is not None:
        user = User.objects.select_related("referral__link").get(pk=event.actor_id)
        persons.add(str(user.person_id))
        trees.add(tree_root_of(user))
    if event.link_code:
        trees |= set(Link.objects.filter(code=event.link_code).values_list("tree", flat=True))
    record_event(event.type, persons=persons, trees=trees, properties=event.properties(), at=at)


def merge_guest(event: GuestMerged, _: datetime) -> None:
    """Mark crossed exposures when a guest logs in to an existing account: two units were one person."""
    person_id = User.objects.values_list("person_id", flat=True).get(pk=event.user_id)
    merge_guest_units(guest=event.guest_id, person=str(person_id))
