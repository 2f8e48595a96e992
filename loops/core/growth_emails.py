"""Growth email: stored in the transaction of its cause, sent once, never sent to people who opted out."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction

from loops.events import OptedOut
from loops.models import GrowthEmail, Suppression
from viral_engine.accounts.models import User
from viral_engine.accounts.rules import canonical_email
from viral_engine.accounts.services.schools import is_school_pupil
from viral_engine.kernel.client_identity import keyed_hashes
from viral_engine.kernel.leases import TryLater, run
from viral_engine.kernel.services import announce

logger = logging.getLogger(__name__)
FRESH = timedelta(hours=24)  # the longest mail server outage that an email survives
MAX_SUBJECT_LENGTH = 150
PERMANENT = 500  # SMTP replies from 500 on are permanent failures (RFC 5321, 4.2.1)
Send = Callable[[GrowthEmail, str], None]
Dropped = GrowthEmail.Dropped


@dataclass(frozen=True, slots=True)
class EmailDraft:
    """An email as its loop wrote it; `html` is a complete page with a placeholder for the footer."""

    recipient: User
    kind: str
    key: str
    subject: str
    text: str
    html: str
    about: User | None = None


def queue_emails(drafts: Iterable[EmailDraft], *, at: datetime) -> None:
    """Queue each email once per key; the caller holds the transaction.

    Cost  1 insert for all drafts.
    """
    emails = [
        GrowthEmail(
            recipient=draft.recipient,
            about=draft.about,
            kind=draft.kind,
            key=draft.key,
            subject=one_line(draft.subject),
            text=draft.text,
            html=draft.html,
            created_at=at,
        )
        for draft in drafts
    ]
    GrowthEmail.objects.bulk_create(emails, ignore_conflicts=True)


def one_line(words: str) -> str:
    """Return the text as a safe mail header value: one line, printable characters only."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in words).split())[:MAX_SUBJECT_LENGTH]


def mailbox_hashes(address: str) -> list[str]:
    """Return the hashes an opted-out mailbox is stored under: with the current key first, then with older keys."""
    return keyed_hashes("growth_mail", canonical_email(address))


def send_waiting_emails(*, send: Send, at: datetime, limit: int = 100) -> int:
    """Give every waiting email an attempt; returns how many were sent, without dropped ones.

    If a process dies between sending and recording, the email is sent once more after its lease, with the same message
    id. Without a postal address nothing is sent.

    Cost  1 query, and 7 statements an email.
    """
    if not settings.POSTAL_ADDRESS:
        if GrowthEmail.objects.waiting(at).exists():
            logger.error("growth emails wait: set POSTAL_ADDRESS, which the law requires in each of them")
        return 0
    sent: list[int] = []

    def send_or_drop(letter: GrowthEmail) -> dict[str, str | None]:
        reason = drop_reason(letter, at) or _send(letter, send)
        if reason:
            return {"sent_at": None, "dropped_for": reason}
        sent.append(letter.pk)
        return {}

    done = run(GrowthEmail.objects.select_related("recipient"), send_or_drop, at=at, limit=limit)
    return sum(letter.pk in sent for letter in done)


def _send(letter: GrowthEmail, send: Send) -> str:
    """Send the email; returns the reason for dropping it when the server refused it permanently. Raises  TryLater."""
    try:
        send(letter, letter.recipient.email or "")
    except (OSError, ValueError) as error:  # smtplib's errors are OSErrors; a malformed header is a ValueError
        if not _is_permanent(error):
            raise TryLater(type(error).__name__) from None
        logger.warning("email %s is dropped: %s", letter.pk, type(error).__name__)
        return Dropped.REFUSED
    return ""


def drop_reason(letter: GrowthEmail, at: datetime) -> str:
    """Return why the email must not be sent, as a `Dropped` value; empty if it may be sent. Cost  3 queries."""
    person = letter.recipient
    if not person.is_active or person.blocked_at is not None:
        return Dropped.CLOSED
    if is_school_pupil(letter.about_id or letter.recipient_id):
        return Dropped.SCHOOL  # school records are not used for marketing (FERPA)
    if at - letter.created_at > FRESH:
        return Dropped.TOO_LATE
    if not person.email_updates:
        return Dropped.PREFERENCE
    if not EmailAddress.objects.filter(user=person, email__iexact=person.email or "", verified=True).exists():
        return Dropped.UNVERIFIED  # the address may belong to a stranger, and the email is about a child
    return Dropped.OPTED_OUT if is_suppressed(mailbox_hashes(person.email or "")) else ""


def is_suppressed(mailboxes: Iterable[str]) -> bool:
    return Suppression.objects.filter(mailbox__in=mailboxes).exists()


def _is_permanent(error: Exception) -> bool:
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= PERMANENT for code, _ in error.recipients.values())
    if isinstance(error, SMTPResponseException):
        return error.smtp_code >= PERMANENT
    return isinstance(error, ValueError)


@transaction.atomic
def opt_out(*, user_id: int, mailbox: str, source: str, at: datetime) -> bool:
    """Stop all growth email to the mailbox; return False if it had opted out before.

    Cost      2 statements in a savepoint; 1 for a repeat.
    Announces OptedOut.
    """
    try:
        with transaction.atomic():
            Suppression.objects.create(mailbox=mailbox, source=source, at=at)
    except IntegrityError:
        return False
    announce(OptedOut(actor_id=user_id, source=source), at=at)
    return True
