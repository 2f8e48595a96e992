from datetime import datetime

from django.db import transaction

from viral_engine.accounts.events import CohortsChanged
from viral_engine.accounts.models import Cohort, CohortMembership, User
from viral_engine.kernel.services import announce_unlogged


def save_cohort(*, cohort: Cohort, name: str, grade: int | None, is_active: bool) -> None:
    """Make a cohort, or change it.

    Raises  ValidationError for a name that another cohort has or that others must not read; IntegrityError for a name
            that is taken at this moment.
    """
    cohort.name, cohort.grade, cohort.is_active = name, grade, is_active
    cohort.clean_fields(exclude={"school"})
    cohort.validate_unique()
    cohort.save(update_fields=None if cohort._state.adding else ["name", "grade", "is_active"])


@transaction.atomic
def join_cohort(*, cohort: Cohort, user: User, at: datetime) -> CohortMembership:
    """Put a learner in a cohort as their primary one; joining again changes nothing.

    Announces CohortsChanged.
    """
    CohortMembership.objects.filter(user=user, is_primary=True).exclude(cohort=cohort).update(is_primary=False)
    membership, _ = CohortMembership.objects.update_or_create(
        cohort=cohort, user=user, defaults={"is_primary": True}, create_defaults={"is_primary": True, "joined_at": at}
    )
    announce_unlogged(CohortsChanged(actor_id=user.pk), at=at)
    return membership


@transaction.atomic
def leave_cohort(*, cohort: Cohort, user: User, at: datetime) -> None:
    """Take a learner out of a cohort; the newest of their other ones becomes the primary one.

    Announces CohortsChanged, once.
    """
    left = CohortMembership.objects.filter(cohort=cohort, user=user).first()
    if left is None:
        return
    left.delete()
    others = CohortMembership.objects.filter(user=user).order_by("-joined_at", "-pk")
    if left.is_primary and (newest := others.first()) is not None:
        newest.is_primary = True
        newest.save(update_fields=["is_primary"])
    announce_unlogged(CohortsChanged(actor_id=user.pk), at=at)


@transaction.atomic
def move_member(*, membership: CohortMembership, to: Cohort, at: datetime) -> bool:
    """Take a learner from one cohort to another, as a primary one; False for a member of the target already.

    Announces CohortsChanged, twice.
    """
    if membership.cohort_id == to.pk:
        return False
    leave_cohort(cohort=membership.cohort, user=membership.user, at=at)
    join_cohort(cohort=to, user=membership.user, at=at)
    return True
