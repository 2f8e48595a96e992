"""Pushes about requests for a tutoring session."""

from datetime import datetime

from django.urls import reverse

from loops.events import BookingAccepted, BookingDeclined, BookingRequested
from viral_engine.kernel.pubsub import publish


def push_booking(event: BookingRequested, _: datetime) -> None:
    """Push a new request to the tutor; the family's name is on the page only."""
    payload = {"text": "A family asked you for a session.", "url": reverse("loops:tutor_requests")}
    publish(f"user:{event.tutor_id}", event.type, payload | {"booking_id": event.booking_id})


def push_answer(event: BookingAccepted | BookingDeclined, _: datetime) -> None:
    """Push the tutor's answer to a family with an account; a guest reads it on the page of their requests."""
    if event.family_id is None:
        return
    said = "yes to your session" if isinstance(event, BookingAccepted) else "no to your session this time"
    payload = {"text": f"Your tutor said {said}.", "url": reverse("loops:bookings")}
    publish(f"user:{event.family_id}", event.type, payload | {"booking_id": event.booking_id})
