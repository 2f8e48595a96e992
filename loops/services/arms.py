"""Experiments for loops: the variants of a person, their exposure and their outcomes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist

import experiments.services as experiments
from experiments.services import Variant, Who
from loops.models import Link
from viral_engine.accounts.events import GuestRecognized
from viral_engine.accounts.models import CohortMembership, User
from viral_engine.kernel.breaker import Answer, ask
from viral_engine.kernel.events import Event

BUDGET_MS = 30.0  # of the 150 a decision may take


def tree_of(user: User) -> str:
    """The person id of the first referrer of the person's referral tree; their own id when nobody referred them.

    Cost  none when the user came with referral__link, else at most 2 queries.
    """
    try:
        return user.referral.link.tree
    except ObjectDoesNotExist:
        return str(user.person_id)


def who_is(user: User) -> Who:
    """Cost  as `tree_of`; 1 query more while an experiment is for certain cohorts."""
    cohort_id = None
    if experiments.asks_for_cohorts():
        cohort_id = CohortMembership.objects.filter(user=user).values_list("cohort_id", flat=True).first()
    return Who(
        person=str(user.person_id),
        tree=tree_of(user),
        role=user.role,
        grade=user.grade,
        cohort_id=cohort_id,
        is_counted=not (user.is_staff or user.is_simulated),
    )


def arms_for(user: User, names: Iterable[str], at: datetime) -> Answer[dict[str, Variant]]:
    """The variant of each experiment for this person; nothing is exposed yet.

    When the Experimentation agent cannot answer, everybody gets the loop's default.
    """
    return ask(
        "experimentation",
        lambda: experiments.get_variants(names, who_is(user), at),
        default={name: Variant(name) for name in names},
        budget_ms=BUDGET_MS,
    )


def carry(arms: Iterable[Variant]) -> list[dict[str, Any]]:
    """Variants as a link stores them, so that invitees see the same ones; people outside a test carry none."""
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
    """Log the exposure of the variants that the link carries.

    Cost  none for a link without arms, or the second time; else as `log_exposures`.
    """
    experiments.log_exposures([Variant(**carried, is_enrolled=True) for carried in link.arms], at)


def is_measured(event: Event) -> bool:
    """Whether a running experiment counts events of this type."""
    return experiments.is_measured(event.type)


def record_outcome(event: Event, at: datetime) -> None:
    """Count the event in running experiments, for the person and for their referral tree.

    A durable listener: it runs in one transaction with the mark that it ran.

    Cost  at most 3 queries, and what `record_event` costs.
    """
    persons, trees = {event.guest_id}, set()
    if event.actor_id is not None:
        user = User.objects.select_related("referral__link").get(pk=event.actor_id)
        persons.add(str(user.person_id))
        trees.add(tree_of(user))
    if event.link_code:
        trees |= set(Link.objects.filter(code=event.link_code).values_list("tree", flat=True))
    experiments.record_event(event.type, persons=persons, trees=trees, properties=event.properties(), at=at)


def join_guest(event: GuestRecognized, _: datetime) -> None:
    """Merge the two units of a person who played as a guest and then logged in."""
    person_id = User.objects.values_list("person_id", flat=True).get(pk=event.user_id)
    experiments.join_person(guest=event.guest_id, person=str(person_id))
