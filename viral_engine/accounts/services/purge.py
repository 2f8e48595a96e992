"""Delete children whose parents did not consent in time."""

import logging
from datetime import datetime
from functools import partial

from django.db import Error as AnyDatabaseError
from django.db import transaction
from django.db.models import ProtectedError

from viral_engine.accounts.models import Consent, ConsentRequest, User
from viral_engine.accounts.rules import is_practice_only
from viral_engine.accounts.services.admin_log_scrubbing import scrub_admin_log
from viral_engine.accounts.services.erasure import continue_erasures, erase_account, note_erasure
from viral_engine.kernel.clock import today

logger = logging.getLogger(__name__)


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
    except AnyDatabaseError:
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
        gone = note_erasure(user=child, by_id=child.pk, at=at)
        child.delete()
    except ProtectedError:  # raised before any deletion: this child referred a person, and the referral must stay
        erase_account(user=child, by=child, at=at)
        return True
    transaction.on_commit(partial(continue_erasures, at=at, only=gone.pk), robust=True)
    return True
