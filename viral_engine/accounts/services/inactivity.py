"""End the accounts of children that nobody uses: a notice to the parent after eleven months, the end after twelve."""

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from viral_engine.accounts.models import InactivityNotice, Role, User
from viral_engine.accounts.rules import COPPA_AGE
from viral_engine.accounts.services.erasure import erase_account
from viral_engine.kernel.clock import today
from viral_engine.kernel.leases import GiveUp, run
from viral_engine.kernel.privacy.retention import RETENTION

logger = logging.getLogger(__name__)
AT_ONCE = 100
Send = Callable[[InactivityNotice], None]


def is_unused_child(at: datetime) -> Q:
    """Open accounts of learners under 13; who turned 13 decides alone."""
    day = today(at)
    is_leap_day = (day.month, day.day) == (2, 29)  # thirteen years ago there was none
    born_after = day.replace(year=day.year - COPPA_AGE, day=28 if is_leap_day else day.day)
    return Q(is_active=True, role=Role.STUDENT, is_simulated=False, birthdate__gt=born_after)


def _unused_since(instant: datetime, at: datetime) -> QuerySet[User]:
    children = User.objects.filter(is_unused_child(at)).annotate(used_at=Coalesce("last_login", "date_joined"))
    return children.filter(used_at__lt=instant).order_by("used_at", "pk")


def warn_parents(*, send: Send, at: datetime) -> int:
    """Write to the parents of children who have not logged in for eleven months; returns how many notices were sent.

    A child who comes back keeps the account: the notice is deleted.
    """
    period = RETENTION["inactive"].period or InactivityNotice.WAIT
    came_back = InactivityNotice.objects.filter(child__last_login__gt=F("created_at"))
    came_back.delete()
    unused = _unused_since(at - period + InactivityNotice.WAIT, at).filter(inactivity_notice=None)[:AT_ONCE]
    ends_at = at + InactivityNotice.WAIT
    InactivityNotice.objects.bulk_create(
        [InactivityNotice(child=child, created_at=at, delete_after=ends_at) for child in unused], ignore_conflicts=True
    )
    return len(run(InactivityNotice.objects.select_related("child"), lambda notice: _mail(notice, send), at=at))


def _mail(notice: InactivityNotice, send: Send) -> dict[str, datetime]:
    """Send the notice; the month starts when the mail is out."""
    if not mailboxes_of_parents(notice.child):
        raise GiveUp("No parent has an address.")
    send(notice)
    return {}


def mailboxes_of_parents(child: User) -> list[str]:
    """1 query."""
    parents = User.objects.guardians_of(child.pk).exclude(email=None)
    return [str(email) for email in parents.values_list("email", flat=True)]


def delete_unused_children(*, at: datetime) -> int:
    """Erase children's accounts after twelve months without a log-in and 30 days after the notice; returns how many.

    A notice that no parent could get is no reason to keep the data: its month counts too.
    """
    period = RETENTION["inactive"].period or InactivityNotice.WAIT
    due = _unused_since(at - period, at).filter(inactivity_notice__delete_after__lte=at)
    warned = Q(inactivity_notice__mailed_at__isnull=False) | Q(inactivity_notice__dead_lettered_at__isnull=False)
    return sum(_delete(pk, at) for pk in list(due.filter(warned).values_list("pk", flat=True)[:AT_ONCE]))


@transaction.atomic
def _delete(child_id: int, at: datetime) -> bool:
    # Lock before checking: a log-in of this very moment is seen here or comes too late.
    child = User.objects.select_for_update(of=["self"]).filter(pk=child_id).filter(is_unused_child(at)).first()
    notice = InactivityNotice.objects.filter(child=child_id).first()
    if child is None or notice is None or (child.last_login is not None and child.last_login > notice.created_at):
        return False
    erase_account(user=child, by=child, at=at)
    logger.info("account %s was not used for a year and is deleted", child_id)
    return True
