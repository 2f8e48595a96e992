"""The loops' adapter to experiments: variants of a person, their exposure, and the outcomes of events."""

import logging
from collections.abc import Iterable
from datetime import datetime
from functools import partial
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

logger = logging.getLogger(__name__)
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
    names = tuple(names)
    return call_with_fallback(
        EXPERIMENTATION.key,
        lambda: get_variants(names, assignment_context(user), at),
        fallback={name: Variant(name) for name in names},
        budget_ms=BUDGET_MS,
        is_sound=partial(_has_variants, names),
    )


def _has_variants(names: tuple[str, ...], found: object) -> bool:
    return isinstance(found, dict) and all(isinstance(found.get(name), Variant) for name in names)


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


def expose(link: Link, person: object, at: datetime) -> None:
    """Log that a person (by their id) sees the link's variants on a screen.

    The only door from pages to the log of exposures. The page matters more than the count: a failure is logged, and
    undone up to a savepoint, so that a transaction of the page stays usable.

    Cost  none for a link without variants, or on the second call; else as `log_exposures`.
    """
    try:
        log_exposures([Variant(**one, is_enrolled=True) for one in link.arms], at, person=str(person))
    except Exception:
        logger.exception("experiments: the exposure of link %s was not logged", link.code)


def is_measured(event: Event) -> bool:
    """Whether a running experiment counts events of this type."""
    return phase_cache.is_measured(event.type)


def record_outcome(event: Event, at: datetime) -> None:
    """Count the event in every experiment that measures it, for the person and for their referral tree.

    A durable listener: one transaction holds the counts and the record that they were made.

    Cost  those of `units_of` and `record_event`.
    """
    persons, trees = units_of(event)
    record_event(event.type, persons=persons, trees=trees, properties=event.properties(), at=at)


def units_of(event: Event) -> tuple[set[str], dict[str, str]]:
    """The ids of the person an event belongs to, and its trees as {tree: person it came through}.

    An event through a link came through the person who shared it, another one through its actor.

    Cost  at most 3 queries.
    """
    persons, trees = {event.guest_id}, dict[str, str]()
    if event.actor_id is not None:
        user = User.objects.select_related("referral__link").filter(pk=event.actor_id).first()
        if user is not None:  # None after the account was erased
            persons.add(str(user.person_id))
            trees[tree_root_of(user)] = str(user.person_id)
    if event.link_code:
        referrers = Link.objects.filter(code=event.link_code).values_list("tree", "referrer__person_id")
        trees |= {tree: str(person) for tree, person in referrers}
    return persons, trees


def merge_guest(event: GuestMerged, _: datetime) -> None:
    """Mark crossed exposures when a guest logs in to an existing account: two units were one person."""
    person_id = User.objects.values_list("person_id", flat=True).get(pk=event.user_id)
    merge_guest_units(guest=event.guest_id, person=str(person_id))
