from datetime import datetime

from django.db import transaction

from viral_engine.accounts.models import Cohort, CohortMembership, User


@transaction.atomic
def join_cohort(*, cohort: Cohort, user: User, at: datetime) -> CohortMembership:
    """Put a learner in a cohort as their primary one; joining again changes nothing."""
    CohortMembership.objects.filter(user=user, is_primary=True).exclude(cohort=cohort).update(is_primary=False)
    membership, _ = CohortMembership.objects.update_or_create(
        cohort=cohort, user=user, defaults={"is_primary": True}, create_defaults={"is_primary": True, "joined_at": at}
    )
    return membership
