import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.db import transaction

from viral_engine.accounts.events import ConsentGiven, ConsentWithdrawn
from viral_engine.accounts.models import Consent, ConsentRequest, Guardianship, Role, User
from viral_engine.accounts.rules import ADULT_AGE
from viral_engine.kernel.services import announce

logger = logging.getLogger(__name__)

# The wording of templates/accounts/consent.html; change both together.
CONSENT_TEXT_VERSION = "2026-11"
LEASE = timedelta(seconds=60)


class ConsentRefused(Exception):
    """Only an adult with a parent's account consents, and only for a child who asked or is theirs."""


@transaction.atomic
def answer_request(
    *, request: ConsentRequest, parent: User, kinds: Collection[str], ip_hash: str, at: datetime
) -> None:
    """The parent is the child's guardian and the chosen consents are in force.

    Raises  ConsentRefused for a non-parent, the child itself, or an expired or answered request.
    """
    age = parent.age_on(at.date())
    if parent.role != Role.PARENT or age is None or age < ADULT_AGE or parent.pk == request.child_id:
        raise ConsentRefused("Log in with a parent's account to answer.")
    if not ConsentRequest.objects.open_at(at).filter(pk=request.pk).update(answered_at=at):
        raise ConsentRefused("This request was answered or has expired.")
    Guardianship.objects.get_or_create(parent=parent, child=request.child, defaults={"created_at": at})
    for kind in kinds:
        give_consent(parent=parent, child=request.child, kind=kind, method="email_plus", ip_hash=ip_hash, at=at)


@transaction.atomic
def give_consent(*, parent: User, child: User, kind: str, method: str, ip_hash: str, at: datetime) -> Consent:
    """One consent of this kind by this parent is in force.

    Raises    ConsentRefused when the child is not theirs.
    Announces ConsentGiven, once per new consent.
    """
    if not Guardianship.objects.filter(parent=parent, child=child).exists():
        raise ConsentRefused("This child is not in your family.")
    consent, is_new = Consent.objects.get_or_create(
        child=child,
        given_by=parent,
        kind=kind,
        withdrawn_at=None,
        defaults={"method": method, "text_version": CONSENT_TEXT_VERSION, "ip_hash": ip_hash, "given_at": at},
    )
    if is_new:
        announce(ConsentGiven(actor_id=parent.pk, child_id=child.pk, kind=kind), at=at)
    return consent


@transaction.atomic
def withdraw_consent(*, parent: User, child: User, kind: str, at: datetime) -> bool:
    """No consent of this kind is in force for the child, whichever parent gave it; False if none was.

    Raises    ConsentRefused when the child is not theirs.
    Announces ConsentWithdrawn.
    """
    if not Guardianship.objects.filter(parent=parent, child=child).exists():
        raise ConsentRefused("This child is not in your family.")
    if not Consent.objects.in_force().filter(child=child, kind=kind).update(withdrawn_at=at):
        return False
    announce(ConsentWithdrawn(actor_id=parent.pk, child_id=child.pk, kind=kind), at=at)
    return True


def mail_waiting_requests(*, send: Callable[[ConsentRequest], None], at: datetime, limit: int = 50) -> int:
    """Every waiting parent was written to once; a failed mail waits for the next round."""
    mailed = 0
    for request in ConsentRequest.objects.to_mail(at).select_related("child")[:limit]:
        lease = at + LEASE
        if not ConsentRequest.objects.to_mail(at).filter(pk=request.pk).update(leased_until=lease):
            continue
        try:
            send(request)
        except OSError:  # the mail server is away; smtplib's errors are OSErrors
            logger.exception("consent request %s not mailed", request.pk)
            continue
        mailed += ConsentRequest.objects.filter(pk=request.pk, leased_until=lease).update(mailed_at=at)
    return mailed


def purge_unconsented(*, at: datetime) -> int:
    """Children whose parent never answered within 7 days are deleted with all they did."""
    waited_out = ConsentRequest.objects.filter(answered_at=None, expires_at__lte=at)
    children = User.objects.filter(consent_request__in=waited_out)
    count = children.count()
    children.delete()
    return count
