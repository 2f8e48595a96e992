"""The end of waiting: a child nobody answered for is deleted."""

import logging
from datetime import datetime

from django.db import DatabaseError, transaction
from django.db.models import ProtectedError

from viral_engine.accounts.models import Consent, ConsentRequest, User
from viral_engine.accounts.rules import may_practice_only
from viral_engine.accounts.services.erasure import erase_account
from viral_engine.accounts.services.notes import forget_notes

logger = logging.getLogger(__name__)


def purge_unconsented(*, at: datetime) -> int:
    """Children still under 13 whose parent agreed to nothing within 7 days are gone with all they did.

    Returns how many. Whom others' rows hold on to is erased instead: a tombstone is left. Who cannot be deleted now is
    logged and waits for the next round. A request that nobody waits for any more goes, with the parent's address.
    """
    waited_out = ConsentRequest.objects.waited_out(at).order_by("pk")
    return sum(_purge(child_id, at) for child_id in list(waited_out.values_list("child_id", flat=True)))


def _purge(child_id: int, at: datetime) -> bool:
    """One child by itself: nobody else's row may keep this one here, nor this one anybody else's."""
    try:
        with transaction.atomic():
            return _delete_if_due(child_id, at)
    except DatabaseError:
        logger.exception("child %s not purged", child_id)
        return False


def _delete_if_due(child_id: int, at: datetime) -> bool:
    # Locked before it is judged: a consent on its way in points at this row, so it is seen here or comes too late.
    waiting = ConsentRequest.objects.waited_out(at).filter(child_id=child_id)
    child = User.objects.select_for_update(of=["self"]).filter(consent_request__in=waiting).first()
    if child is None:  # answered or erased since the list was made
        return False
    if not may_practice_only(child.age_on(at.date()), Consent.objects.kinds_for(child_id)):
        waiting.delete()
        return False
    forget_notes(child, mailboxes=())
    try:
        child.delete()
    except ProtectedError:  # raised before the first row goes: they brought somebody, whose referral must stay
        erase_account(user=child, by=child, at=at)
    return True
