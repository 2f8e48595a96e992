"""Connect loops to experiments: a person's arms, exposures and outcomes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import experiments.services as experiments
from experiments.services import Variant, Who
from loops.models import Link
from viral_engine.accounts.events import GuestRecognized
from viral_engine.accounts.models import CohortMembership, User
from viral_engine.kernel.agent_registry import EXPERIMENTATION
from viral_engine.kernel.breaker import Answer, ask
from viral_engine.kernel.events import Event

BUDGET_MS = EXPERIMENTATION.call_budget_ms


def tree_of(user: User) -> str:
    """Return the person id at the root of the user's referral tree; a user without a referrer is a root.

    Cost  none if the user was loaded with referral__link, else at most 2 queries.
    """
    referral = getattr(user, "referral", None)
    return referral.link.tree if referral else str(user.person_id)


def who_is(user: User) -> Who:
    """Return the user's assignment context. Cost  as `tree_of`; 1 more query while cohorts are targeted."""
    cohort_id = None
    if experiments.asks_for_cohorts():
        cohort_id = CohortMembership.objects.filter(user=user).values_list("cohort_id", flat=True).first()
    return Who(
        person=str(user.person_id),
        tree=tree_of(user),
        role=user.role,
        grade=user.grade,
        cohort_id=cohort_id,
        is_counted=user.is_counted,
    )


def arms_for(user: User, names: Iterable[str], at: datetime) -> Answer[dict[str, Variant]]:
    """Return the user's arm of each experiment; this does not log exposures.

    If the Experimentation agent fails, the user gets the loop's default behavior.
    """
    return ask(
        EXPERIMENTATION.key,
        lambda: experiments.get_variants(names, who_is(user), at),
        fallback={name: Variant(name) for name in names},
        budget_ms=BUDGET_MS,
    )


def carry(arms: Iterable[Variant]) -> list[dict[str, Any]]:
    """Return enrolled arms as a link stores them, so that referees see the referrer's variants."""
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
    """Log exposures to the arms a link carries.

    Cost  none for a link without arms and for a repeat; else as `log_exposures`.
    """
    experiments.log_exposures([Variant(**carried, is_enrolled=True) for carried in link.arms], at)


def is_measured(event: Event) -> bool:
    """Return whether a running experiment counts events of this type."""
    return experiments.is_measured(event.type)


def record_outcome(event: Event, at: datetime) -> None:
    """Count the event in running experiments, for the person and for their referral tree.

    A durable listener: it runs in one transaction with the mark of its delivery.

    Cost  at most 3 queries, and the cost of `record_event`.
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
    """Merge a guest's experiment unit into the account they logged in to."""
    person_id = User.objects.values_list("person_id", flat=True).get(pk=event.user_id)
    experiments.join_person(guest=event.guest_id, person=str(person_id))
