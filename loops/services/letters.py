"""Growth email: stored in the transaction of its cause, sent once, never sent to people who opted out."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from loops.events import OptedOut
from loops.models import Letter, Suppression
from viral_engine.accounts.events import AccountErased
from viral_engine.accounts.models import User
from viral_engine.accounts.rules import folded_email
from viral_engine.kernel.origin import keyed_hashes
from viral_engine.kernel.services import announce

logger = logging.getLogger(__name__)
FRESH = timedelta(hours=24)  # so long may a mail server outage last
KEPT = timedelta(days=30)
LONGEST_SUBJECT = 150
PERMANENT = 500  # SMTP replies from 500 on are permanent failures (RFC 5321, 4.2.1)
Send = Callable[[Letter, str], None]
Dropped = Letter.Dropped


@dataclass(frozen=True, slots=True)
class Draft:
    """An email as its loop wrote it; `html` is a complete page with a placeholder for the footer."""

    recipient: User
    kind: str
    key: str
    subject: str
    text: str
    html: str
    about: User | None = None


def write_letters(drafts: Iterable[Draft], *, at: datetime) -> None:
    """Queue each email once per key; the caller holds the transaction.

    Cost  1 insert for all drafts.
    """
    letters = [
        Letter(
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
    Letter.objects.bulk_create(letters, ignore_conflicts=True)


def one_line(words: str) -> str:
    """Return the text as a safe mail header value: one line, printable characters only."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in words).split())[:LONGEST_SUBJECT]


def mailbox_hashes(address: str) -> list[str]:
    """Return the hashes an opted-out mailbox is stored under: with the current key first, then with older keys."""
    return keyed_hashes("growth_mail", folded_email(address))


def send_letters(*, send: Send, at: datetime, limit: int = 100) -> int:
    """Try to send each waiting email once; return how many were sent.

    A conditional update claims an email. If a process dies after sending and before recording it, the email is sent a
    second time with the same message id when the lease ends. Without a postal address nothing is sent.

    Cost  1 query, and 4 statements per email.
    """
    waiting = Letter.objects.waiting(at).order_by("pk").select_related("recipient")[:limit]
    if not settings.POSTAL_ADDRESS:
        if waiting.exists():
            logger.error("growth emails are waiting: set POSTAL_ADDRESS, which the law requires in every footer")
        return 0
    return sum(_send(letter, send, at) for letter in waiting)


def _send(letter: Letter, send: Send, at: datetime) -> bool:
    lease = at + Letter.LEASE
    claim = Letter.objects.waiting(at).filter(pk=letter.pk)
    if not claim.update(leased_until=lease, tries=F("tries") + 1):
        return False
    reason = objection_to_sending(letter, at)
    if not reason:
        try:
            send(letter, letter.recipient.email or "")
        except (OSError, ValueError) as error:  # smtplib raises OSErrors; an invalid header raises ValueError
            logger.warning("growth email %s not sent: %s", letter.pk, type(error).__name__)
            if not _is_permanent(error):
                return False
            reason = Dropped.REFUSED
    mine = Letter.objects.filter(pk=letter.pk, leased_until=lease)
    return bool(mine.update(sent_at=None if reason else at, dropped_for=reason, leased_until=None)) and not reason


def objection_to_sending(letter: Letter, at: datetime) -> str:
    """Return why the email must not be sent, as a `Dropped` value; empty if it may be sent. Cost  2 queries."""
    person = letter.recipient
    if not person.is_active or person.blocked_at is not None:
        return Dropped.CLOSED
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


def purge_letters(*, at: datetime) -> int:
    """Delete emails older than a month, since they describe children; return how many. Cost  1 statement."""
    return Letter.objects.filter(created_at__lt=at - KEPT).delete()[0]


def forget_letters(event: AccountErased, _: datetime) -> None:
    """Delete emails to the erased person and emails about them. A durable listener."""
    Letter.objects.filter(Q(recipient_id=event.user_id) | Q(about_id=event.user_id)).delete()
