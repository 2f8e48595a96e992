"""Pushes about challenges."""

from datetime import datetime

from django.urls import reverse

from loops.core.links import token_for
from loops.events import ChallengedBack
from loops.models import Link
from viral_engine.accounts.models import load_disclosures
from viral_engine.kernel.pubsub import publish


def push_challenged_back(event: ChallengedBack, _: datetime) -> None:
    """Push a challenge back to the member whose activity it answers."""
    link = Link.objects.select_related("referrer").get(code=event.link_code)
    load_disclosures([link.referrer])
    text = f"{link.referrer.display_name} challenges you back in {event.skill}."
    payload = {
        "user_id": event.actor_id,
        "text": text,
        "url": reverse("loops:challenge", args=[token_for(link, "challenge")]),
    }
    publish(f"user:{event.other_id}", event.type, payload)
