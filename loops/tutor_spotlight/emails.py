"""Mail about requests for a session: to the tutor who is asked, and to the family that gets an answer."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from loops.events import BookingAccepted, BookingDeclined, BookingRequested
from loops.tutor_spotlight.models import BookingRequest
from viral_engine.accounts.models import User
from viral_engine.kernel.outgoing_mail import queue_mail


def mail_request(event: BookingRequested, at: datetime) -> None:
    """Tell the tutor of a new request; the page has the family's name and wishes, the mail has none.

    A durable listener. Cost  3 statements.
    """
    booking = _booking(event.booking_id)
    if booking is None:
        return
    subject = f"A family asks for a session in {booking.spotlight.subject.name}"
    _queue(booking.tutor, booking, "request", subject, reverse("loops:tutor_requests"), at)


def mail_answer(event: BookingAccepted | BookingDeclined, at: datetime) -> None:
    """Tell a family with an account what the tutor answered. A durable listener. Cost  3 statements."""
    booking = _booking(event.booking_id)
    if booking is None or booking.user is None:
        return  # a guest's address is not proven to be theirs
    answer = "accepted" if isinstance(event, BookingAccepted) else "declined"
    subject = f"{booking.tutor.display_name} {answer} your request"
    _queue(booking.user, booking, answer, subject, reverse("loops:bookings"), at)


def _booking(booking_id: int) -> BookingRequest | None:
    """The request; None when its person was erased since. 1 query."""
    return BookingRequest.objects.select_related("tutor", "user", "spotlight__subject").filter(pk=booking_id).first()


def _queue(to: User, booking: BookingRequest, template: str, subject: str, path: str, at: datetime) -> None:
    """Queue the mail for a proven address; nothing for others."""
    if not EmailAddress.objects.filter(user=to, email__iexact=to.email or "", verified=True).exists():
        return
    context = {"booking": booking, "url": settings.SITE_URL + path, "site_name": settings.SITE_NAME}
    text = render_to_string(f"loops/tutor_spotlight/mail/{template}.txt", context)
    message = EmailMessage(subject=subject, body=text, to=[str(to.email)])
    queue_mail(message, kind=f"booking_{template}", person_id=to.pk, at=at)
