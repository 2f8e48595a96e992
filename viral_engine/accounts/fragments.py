"""Messages to people's open pages. The friends page reloads its lists on each of them."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from viral_engine.accounts.events import (
    FriendRequestClosed,
    FriendRequested,
    FriendshipChanged,
    FriendshipEnded,
    PersonBlocked,
)
from viral_engine.accounts.models import User, load_disclosures
from viral_engine.kernel.pubsub import publish


def push_request(event: FriendRequested, _: datetime) -> None:
    """Notify the person asked, and update the asker's other tabs."""
    _push(event.other_id, "friend_requested", f"{_name(event.user_id)} wants to be friends with you.")
    _redraw(event.user_id)


def push_friendship(event: FriendshipChanged, _: datetime) -> None:
    """Notify the person who asked; the one who accepted only needs a redraw."""
    for person_id, friend_id in ((event.user_id, event.other_id), (event.other_id, event.user_id)):
        if person_id == event.asked_by_id:
            _push(person_id, "friend_accepted", f"{_name(friend_id)} is now your friend.")
        else:
            _redraw(person_id)


def push_change(event: FriendRequestClosed | FriendshipEnded | PersonBlocked, _: datetime) -> None:
    """Redraw both friends pages without saying what changed or who did it."""
    _redraw(event.user_id)
    _redraw(event.other_id)


def _push(person_id: int, event: str, text: str) -> None:
    publish(f"user:{person_id}", event, _page() | {"text": text})


def _redraw(person_id: int) -> None:
    publish(f"user:{person_id}", "friends_changed", {}, delivery="latest")


def _page() -> dict[str, Any]:
    return {"url": reverse("accounts:friends")}


def _name(user_id: int) -> str:
    """The name rooms show; 1 query, 1 more for a child with a first name."""
    person = User.objects.get(pk=user_id)
    load_disclosures([person])
    return person.peer_name
