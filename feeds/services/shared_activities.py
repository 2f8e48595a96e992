"""A child's part of the feed on the page of the parent."""

from datetime import datetime

from django.db.models import Count, Max, Q

from feeds.models import Activity
from feeds.services.activities import hide_activities
from viral_engine.kernel.privacy.shared import SharedKind, SharedThing

KEY = "all"


def shared_activities(user_id: int, _: datetime) -> list[SharedThing]:
    """The activities that others see now, as one thing; 1 query."""
    shown = Activity.objects.filter(actor=user_id, is_shown=True)
    facts = shown.aggregate(number=Count("pk"), newest_at=Max("at"), friends=Count("pk", filter=Q(is_for_friends=True)))
    if not facts["number"]:
        return []
    noun = "post" if facts["number"] == 1 else "posts"
    audience = "The cohort and friends" if facts["friends"] else "The cohort"
    return [SharedThing(KEY, f"{facts['number']} {noun} in the feed", audience, facts["newest_at"], is_open=True)]


def take_activities_back(user_id: int, _: str, at: datetime) -> bool:
    """Hide everything of the child in the feed; False when nothing was shown."""
    had_any = Activity.objects.filter(actor=user_id, is_shown=True).exists()
    hide_activities(user_id=user_id, at=at)
    return had_any


FEED = SharedKind("feed", shared_activities, take_activities_back)
