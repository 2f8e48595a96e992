"""What loops ask of experiments, and tell them: the arms of a person, their use, and what came of it."""

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
    """The person id of the first inviter of the tree the person came by; they are the first of their own.

    Cost  none when the user came with referral__link, else at most 2 queries.
    """
    referral = getattr(user, "referral", None)
    return referral.link.tree if referral else str(user.person_id)


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
        is_counted=user.is_counted,
    )


def arms_for(user: User, names: Iterable[str], at: datetime) -> Answer[dict[str, Variant]]:
    """The arm the person is served of each experiment; nothing is exposed yet.

    Where the Experimentation agent cannot answer, everybody gets what the loop does by itself.
    """
    return ask(
        EXPERIMENTATION.key,
        lambda: experiments.get_variants(names, who_is(user), at),
        fallback={name: Variant(name) for name in names},
        budget_ms=BUDGET_MS,
    )


def carry(arms: Iterable[Variant]) -> list[dict[str, Any]]:
    """Arms as a link keeps them, so that whoever follows it meets the inviter's; those out of a test are left out."""
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
    """What the link carries has come onto somebody's screen.

    Cost  none for a link without arms, or the second time; else as `log_exposures`.
    """
    experiments.log_exposures([Variant(**carried, is_enrolled=True) for carried in link.arms], at)


def is_measured(event: Event) -> bool:
    """Whether a running experiment counts events of this type."""
    return experiments.is_measured(event.type)


def record_outcome(event: Event, at: datetime) -> None:
    """Experiments that count this event have counted it, for the person and for the tree it belongs to.

    A promised listener: it runs in one transaction with the mark that it ran.

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
    """Somebody who played as a guest logged in to an account they had: two units were one person."""
    person_id = User.objects.values_list("person_id", flat=True).get(pk=event.user_id)
    experiments.join_person(guest=event.guest_id, person=str(person_id))
