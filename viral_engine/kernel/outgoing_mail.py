"""Mail to people: a row in the transaction of its cause, sent by a worker at once, and never in a request."""

from datetime import datetime, timedelta

from django.core.mail import EmailMessage, EmailMultiAlternatives

from viral_engine.kernel import wake
from viral_engine.kernel.clock import clock_from
from viral_engine.kernel.leases import Clock, GiveUp, run
from viral_engine.kernel.models import OutgoingMail
from viral_engine.kernel.outbound.mail import deliver, message_id

FRESH = timedelta(hours=24)  # the longest outage of the mail server that a mail survives
TASK = "viral_engine.kernel.tasks.send_mails"


def queue_mail(message: EmailMessage, *, kind: str, person_id: int | None, at: datetime) -> None:
    """Store a mail to one mailbox in the caller's transaction; a worker sends it after the commit. Cost  1 insert."""
    [mailbox] = message.to
    parts = message.alternatives if isinstance(message, EmailMultiAlternatives) else []
    OutgoingMail.objects.create(
        kind=kind,
        person_id=person_id,
        mailbox=mailbox,
        subject=str(message.subject),
        text=str(message.body),
        html=next((str(content) for content, kind in parts if kind == "text/html"), ""),
        created_at=at,
    )
    wake.after_commit(TASK)


def send_waiting(*, at: datetime) -> int:
    """Give every waiting mail an attempt, for 30 s at most; returns how many were sent.

    A mail that the server refuses for now is tried again for a day; one that it refuses for good, or that is too late,
    is dead-lettered. If a process dies between sending and recording, the mail is sent once more after its lease, with
    the same message id.

    Cost  1 query, and 4 statements a mail.
    """
    clock = clock_from(at)
    return len(run(OutgoingMail.objects.all(), lambda mail: _send(mail, clock), at=at))


def _send(mail: OutgoingMail, clock: Clock) -> dict[str, str]:
    """Send the mail; returns its words, emptied. Raises  TryLater, GiveUp."""
    if clock() - mail.created_at > FRESH:
        raise GiveUp(mail.last_error or "It could not be sent within a day.")
    headers = {"Message-ID": message_id(f"mail-{mail.pk}-{int(mail.created_at.timestamp())}")}
    message = EmailMultiAlternatives(mail.subject, mail.text, to=[mail.mailbox], headers=headers)
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    deliver(message)
    return OutgoingMail.WORDS
