"""Verify parents for disclosure: a signed form that staff check, or a payment that a provider confirms."""

from datetime import datetime
from hashlib import sha256

from django.db import transaction

from viral_engine.accounts.models import Consent, ParentVerification, User
from viral_engine.accounts.models.verification import MAX_FORM_BYTES, ParentVerificationQuerySet
from viral_engine.accounts.payments import PaymentCheck, PaymentUnavailable
from viral_engine.accounts.rules import CONSENT_TEXT_VERSION, consent_text_hash
from viral_engine.accounts.services.consent import ConsentRefused, give_consent, require_guardian_of_minor
from viral_engine.accounts.services.locks import lock_people

MAX_OPEN_PAYMENTS = 10  # of one parent for one child in a day
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

    Each payment has a row of its own: a parent may pay the first after opening a second, and each was opened under the
    text of its moment.

    Raises  ConsentRefused when the child is not theirs or is an adult; PaymentUnavailable.
    """
    require_guardian_of_minor(parent, child, at)
    facts = {"created_at": at, "ip_hash": ip_hash} | _text()
    row = ParentVerification.objects.create(parent=parent, child=child, method=Method.PAYMENT, **facts)
    try:
        opened = provider.open(reference=row.evidence, return_url=return_url)
    except PaymentUnavailable:
        row.delete()
        raise
    ParentVerification.objects.waiting().filter(pk=row.pk).update(payment_id=opened.id)
    return opened.url


def finish_payment(*, parent: User, child: User, provider: PaymentCheck, at: datetime) -> bool:
    """Give the consent once the provider says that one of the opened payments arrived; False while none did.

    Cost      one call of the provider for each payment that is open, at most MAX_OPEN_PAYMENTS.
    Raises    ConsentRefused; PaymentUnavailable.
    Announces ConsentGiven.
    """
    of_pair = ParentVerification.objects.waiting().filter(parent=parent, child=child, method=Method.PAYMENT)
    for opened in of_pair.exclude(payment_id="").order_by("-pk")[:MAX_OPEN_PAYMENTS]:
        if provider.is_paid(payment_id=opened.payment_id, reference=opened.evidence):
            return _accept_payment(opened, of_pair, at)
    return False


@transaction.atomic
def _accept_payment(paid: ParentVerification, of_pair: ParentVerificationQuerySet, at: datetime) -> bool:
    """Give the consent and end the other payments, or one of them would give it again after a withdrawal."""
    lock_people(paid.child_id)  # two payments that finish at once wait here, not for each other's rows
    is_new = _approve(paid, by=None, at=at)
    of_pair.update(status=Status.REJECTED, decided_at=at)
    return is_new


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
