"""XP that learners earn beside their attempts."""

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest

from viral_engine.accounts.models import Role, User
from viral_engine.learning.models import Progress


@transaction.atomic
def add_xp(*, user: User, xp: int) -> None:
    """Add XP to a learner, or take a negative amount back, down to zero; nothing for other roles.

    The caller does this once per cause. Boards do not count it: they compare attempts.

    Cost  2 statements, 3 more for a learner's first XP.
    """
    if user.role != Role.STUDENT:
        return
    Progress.objects.get_or_create(user=user)
    Progress.objects.filter(user=user).update(xp=Greatest(F("xp") + xp, Value(0)))
