"""What rooms and streams keep of a person follows what the person, a parent or staff decided."""

from datetime import datetime

from django.db import transaction

from feeds.models import Activity, ChatMute, CoPractice, Message, MessageReport, Reaction
from feeds.services.activities import hide_activities
from viral_engine.accounts.events import AccountBlocked, AccountErased, ConsentWithdrawn, PreferencesChanged
from viral_engine.accounts.models import User


def hide_opted_out(event: PreferencesChanged, at: datetime) -> None:
    """Somebody who no longer shows what they do is gone from streams at once; what was hidden stays hidden."""
    if event.actor_id is not None and not User.objects.get(pk=event.actor_id).feed_visible:
        hide_activities(user_id=event.actor_id, at=at)


def hide_child(event: ConsentWithdrawn, at: datetime) -> None:
    hide_activities(user_id=event.child_id, at=at)


def hide_blocked(event: AccountBlocked, at: datetime) -> None:
    if event.actor_id is not None:
        hide_activities(user_id=event.actor_id, at=at)


@transaction.atomic
def forget_person(event: AccountErased, _: datetime) -> None:
    """What the person wrote and did here is gone; challenges they began go on for the others."""
    for model, owner in ((Message, "author"), (Activity, "actor"), (Reaction, "user"), (MessageReport, "reporter")):
        model._default_manager.filter(**{owner: event.actor_id}).delete()
    ChatMute.objects.filter(muter=event.actor_id).delete()
    CoPractice.objects.of(event.actor_id or 0).delete()
