"""Pushes about a tutoring session's summary and actions."""

from datetime import datetime

from django.urls import reverse

from loops.events import SessionDelivered
from viral_engine.kernel.pubsub import publish


def push_delivered(event: SessionDelivered, _: datetime) -> None:
    """Push to tutor and student that the summary is there; nothing of it is in the message."""
    payload = {
        "session_id": event.session_id,
        "text": "The summary of your session is ready.",
        "url": reverse("learning:session", args=[event.session_id]),
    }
    for person_id in (event.actor_id, event.student_id):
        publish(f"user:{person_id}", event.type, payload)
