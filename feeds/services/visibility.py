"""Hide or delete a person's activities and messages after a decision of the person, a parent or staff."""

from datetime import datetime

from django.db import transaction

from feeds.models import Activity, ChatMute, CoPractice, Message, Reaction
from feeds.services.activities import hide_activities
from viral_engine.accounts.events import AccountBlocked, AccountErased, ConsentWithdrawn, PreferencesChanged
from viral_engine.accounts.models import User


def hide_opted_out(event: PreferencesChanged, at: datetime) -> None:
    """Hide the activities of a person who switched sharing off; they stay hidden for good."""
    if event.actor_id is not None and not User.objects.get(pk=event.actor_id).feed_visible:
        hide_activities(user_id=event.actor_id, at=at)


def hide_child(event: ConsentWithdrawn, at: datetime) -> None:
    hide_activities(user_id=event.child_id, at=at)


def hide_blocked(event: AccountBlocked, at: datetime) -> None:
    if event.actor_id is not None:
        hide_activities(user_id=event.actor_id, at=at)


@transaction.atomic
def forget_person(event: AccountErased, _: datetime) -> None:
    """Delete an erased person's messages, activities and reactions; their challenges continue for others."""
    for model, owner in ((Message, "author"), (Activity, "actor"), (Reaction, "user")):
        model._default_manager.filter(**{owner: event.actor_id}).delete()
    ChatMute.objects.filter(muter=event.actor_id).delete()
    CoPractice.objects.of(event.actor_id or 0).delete()
