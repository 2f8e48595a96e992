"""Hide a person's activities after a decision of the person, a parent or staff."""

from datetime import datetime

from feeds.services.activities import hide_activities
from viral_engine.accounts.events import PreferencesChanged
from viral_engine.accounts.models import User


def hide_opted_out(event: PreferencesChanged, at: datetime) -> None:
    """Hide the activities of a person who switched sharing off; they stay hidden for good."""
    if event.actor_id is not None and not User.objects.get(pk=event.actor_id).feed_visible:
        hide_activities(user_id=event.actor_id, at=at)
