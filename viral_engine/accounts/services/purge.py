"""Delete children whose parents did not consent in time."""

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import ProtectedError

from viral_engine.accounts.models import Consent, ConsentRequest, RightsChange, User
from viral_engine.accounts.rules import is_practice_only
from viral_engine.accounts.services.admin_log_scrubbing import scrub_admin_log
from viral_engine.accounts.services.erasure import erase_account
from viral_engine.kernel.clock import today

logger = logging.getLogger(__name__)
RIGHTS_CHANGES_KEPT = timedelta(days=1)  # processes read them within seconds


def purge_unconsented(*, at: datetime) -> int:
    """Delete children under 13 without consent after 7 days, with all their activity; returns how many.

    A child whom other people's rows reference is erased instead, which leaves a tombstone. A failed deletion is logged
    and retried by the next run. Requests that are no longer needed are deleted with the parent's address.
    """
    expired_at = ConsentRequest.objects.expired_at(at).order_by("pk")
    return sum(_purge(child_id, at) for child_id in list(expired_at.values_list("child_id", flat=True)))


def _purge(child_id: int, at: datetime) -> bool:
    """Purge one child in its own transaction, so that one failure does not stop the others."""
    try:
        with transaction.atomic():
            return _delete_if_due(child_id, at)
    except DatabaseError:
        logger.exception("child %s not purged", child_id)
        return False


def _delete_if_due(child_id: int, at: datetime) -> bool:
    # Lock before checking: an incoming consent references this row, so it is seen here or comes too late.
    waiting = ConsentRequest.objects.expired_at(at).filter(child_id=child_id)
    child = User.objects.select_for_update(of=["self"]).filter(consent_request__in=waiting).first()
    if child is None:  # answered or erased since the list was read
        return False
    if not is_practice_only(child.age_on(today(at)), Consent.objects.kinds_for(child_id)):
        waiting.delete()
        return False
    scrub_admin_log(child, mailboxes=())
    try:
        child.delete()
    except ProtectedError:  # raised before any deletion: this child referred a person, and the referral must stay
        erase_account(user=child, by=child, at=at)
    return True


def purge_rights_changes(*, at: datetime) -> int:
    """Delete notes of changed rights that every process has read; returns how many. 1 statement."""
    return RightsChange.objects.filter(at__lt=at - RIGHTS_CHANGES_KEPT).delete()[0]
