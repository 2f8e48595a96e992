"""Verify parents for disclosure: a signed form that staff check, or a payment that a provider confirms."""

from datetime import datetime
from hashlib import sha256

from django.db import IntegrityError, transaction

from viral_engine.accounts.models import Consent, ParentVerification, User
from viral_engine.accounts.models.verification import MAX_FORM_BYTES
from viral_engine.accounts.payments import PaymentCheck
from viral_engine.accounts.rules import CONSENT_TEXT_VERSION, consent_text_hash
from viral_engine.accounts.services.consent import ConsentRefused, give_consent, require_guardian_of_minor

KIND, Method, Status = Consent.Kind.DISCLOSURE, Consent.Method, ParentVerification.Status
# The first bytes of the files we take; the name and the type that a browser sends are a claim.
SIGNATURES = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class FormRefused(Exception):
    """The file is not a form that staff could read; the message says why."""


def form_type(content: bytes) -> str:
    """The media type of a signed form, by its first bytes. Raises  FormRefused."""
    if len(content) > MAX_FORM_BYTES:
        raise FormRefused("This file is too big. Use one of at most 4 MB, for example a smaller photo.")
    for start, media_type in SIGNATURES.items():
        if content.startswith(start):
            return media_type
    raise FormRefused("Use a PDF, or a photo as JPEG or PNG.")


@transaction.atomic
def hand_in_form(*, parent: User, child: User, content: bytes, ip_hash: str, at: datetime) -> ParentVerification:
    """Keep a signed form until staff decide; a second one replaces the one that waits.

    Raises  FormRefused; ConsentRefused when the child is not theirs or is an adult.
    """
    media_type = form_type(content)
    require_guardian_of_minor(parent, child, at)
    facts = {"form": content, "form_type": media_type, "form_sha256": sha256(content).hexdigest(), "created_at": at}
    waiting, _ = ParentVerification.objects.waiting().update_or_create(
        parent=parent, child=child, method=Method.SIGNED_FORM, defaults=facts | _text() | {"ip_hash": ip_hash}
    )
    return waiting


@transaction.atomic
def approve_form(*, verification: ParentVerification, by: User, at: datetime) -> bool:
    """Give the consent that the parent signed; False when it was decided before.

    Raises    ConsentRefused when the parent may not consent any more; the form waits on.
    Announces ConsentGiven.
    """
    return _approve(verification, by=by, at=at)


@transaction.atomic
def reject_form(*, verification: ParentVerification, by: User, at: datetime) -> bool:
    """Refuse a form and delete the file; False when it was decided before."""
    decision = {"status": Status.REJECTED, "decided_at": at, "decided_by": by, "form": None}
    return bool(ParentVerification.objects.waiting().filter(pk=verification.pk).update(**decision))


def start_payment(
    *, parent: User, child: User, provider: PaymentCheck, return_url: str, ip_hash: str, at: datetime
) -> str:
    """Open a small payment at the provider; returns the address where the parent pays.

    Raises  ConsentRefused when the child is not theirs or is an adult; PaymentUnavailable.
    """
    require_guardian_of_minor(parent, child, at)
    facts = {"created_at": at, "ip_hash": ip_hash} | _text()
    try:
        waiting, _ = ParentVerification.objects.waiting().get_or_create(
            parent=parent, child=child, method=Method.PAYMENT, defaults=facts
        )
    except IntegrityError:  # the button was pressed twice at once
        waiting = ParentVerification.objects.waiting().get(parent=parent, child=child, method=Method.PAYMENT)
    opened = provider.open(reference=waiting.evidence, return_url=return_url)
    ParentVerification.objects.waiting().filter(pk=waiting.pk).update(payment_id=opened.id)
    return opened.url


def finish_payment(*, parent: User, child: User, provider: PaymentCheck, at: datetime) -> bool:
    """Give the consent once the provider says that the payment arrived; False while it does not.

    Raises    ConsentRefused; PaymentUnavailable.
    Announces ConsentGiven.
    """
    waiting = ParentVerification.objects.waiting().filter(parent=parent, child=child, method=Method.PAYMENT).first()
    if waiting is None or not waiting.payment_id:
        return False
    if not provider.is_paid(payment_id=waiting.payment_id, reference=waiting.evidence):
        return False
    with transaction.atomic():
        return _approve(waiting, by=None, at=at)


def _approve(verification: ParentVerification, *, by: User | None, at: datetime) -> bool:
    decision = {"status": Status.APPROVED, "decided_at": at, "decided_by": by}
    if not ParentVerification.objects.waiting().filter(pk=verification.pk).update(**decision):
        return False
    if verification.text_hash != consent_text_hash(KIND):
        raise ConsentRefused("The text has changed since the parent signed. Ask for a new form.")
    give_consent(
        parent=verification.parent,
        child=verification.child,
        kind=KIND,
        method=verification.method,
        evidence=verification.evidence,
        ip_hash=verification.ip_hash,
        at=at,
    )
    return True


def _text() -> dict[str, str]:
    return {"text_version": CONSENT_TEXT_VERSION, "text_hash": consent_text_hash(KIND)}
