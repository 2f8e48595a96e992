"""Messages and activities as kinds of the review queue."""

from datetime import datetime

from django.db import transaction

from feeds.events import ActivitiesHidden
from feeds.models import Activity, Message
from feeds.services import chat
from viral_engine.accounts.services.hiding import hide_again, is_shared, keep_hidden
from viral_engine.accounts.viewer_profiles import viewer_profile_of
from viral_engine.kernel.services import announce_unlogged, mark_event
from viral_engine.safety.services.kinds import Record, Reporter, ReviewKind

ACTIVITY = "activity"


def _find_message(key: str) -> Message | None:
    return Message.objects.select_related("author").filter(pk=int(key)).first() if key.isdecimal() else None


def _describe_message(message: Message) -> Record:
    return {"text": message.text, "at": message.at.isoformat(), "cohort": message.cohort_id}


def _hide_message(message: Message, at: datetime) -> Record:
    was_shown = is_shared(message)
    chat.hide_message(message=message, at=at)
    return {"was_shown": was_shown}


def _show_message(message: Message, record: Record, at: datetime) -> None:
    if record.get("was_shown"):
        chat.show_message(message=message)
        hide_again(user_id=message.author_id, at=at)


def _is_message_shown(message: Message, reporter: Reporter) -> bool:
    if reporter.user is None or message.hidden_at is not None:
        return False
    viewer = viewer_profile_of(reporter.user)
    return viewer.may_enter and message.cohort_id in viewer.cohorts and message.author_id not in viewer.hidden


def _find_activity(key: str) -> Activity | None:
    related = Activity.objects.select_related("actor", "skill", "subject", "achievement")
    return related.filter(pk=int(key)).first() if key.isdecimal() else None


def _describe_activity(activity: Activity) -> Record:
    return {"what": activity.get_kind_display(), "at": activity.at.isoformat(), "score": activity.score}


@transaction.atomic
def _hide_activity(activity: Activity, at: datetime) -> Record:
    """Hide one activity, and leave the event of a shared result out of every count."""
    was_shown = is_shared(activity)
    keep_hidden(activity)
    is_new = Activity.objects.filter(pk=activity.pk, is_shown=True).update(is_shown=False)
    _mark_event(activity, is_invalid=True)
    if is_new:
        cohorts = (activity.cohort_id,) if activity.cohort_id else ()
        announce_unlogged(ActivitiesHidden(actor_id=activity.actor_id, cohort_ids=cohorts), at=at)
    return {"was_shown": was_shown}


def _show_activity(activity: Activity, record: Record, at: datetime) -> None:
    if record.get("was_shown"):
        Activity.objects.filter(pk=activity.pk).update(is_shown=True)
        hide_again(user_id=activity.actor_id, at=at)
    _mark_event(activity, is_invalid=False)


def _mark_event(activity: Activity, *, is_invalid: bool) -> None:
    if activity.kind == Activity.Kind.SHARED:
        mark_event(f"feed_{activity.source}", is_invalid=is_invalid)


def _is_activity_shown(activity: Activity, reporter: Reporter) -> bool:
    if reporter.user is None:
        return False
    viewer = viewer_profile_of(reporter.user)
    return viewer.may_enter and Activity.objects.visible_to(viewer).filter(pk=activity.pk).exists()


MESSAGE_KIND = ReviewKind(
    name=chat.MESSAGE,
    label="your message",
    find=_find_message,
    owner_of=lambda message: int(message.author_id),
    describe=_describe_message,
    hide=_hide_message,
    hide_meanwhile=_hide_message,
    restore=_show_message,
    is_shown_to=_is_message_shown,
)
ACTIVITY_KIND = ReviewKind(
    name=ACTIVITY,
    label="what you shared",
    find=_find_activity,
    owner_of=lambda activity: int(activity.actor_id),
    describe=_describe_activity,
    hide=_hide_activity,
    hide_meanwhile=_hide_activity,
    restore=_show_activity,
    is_shown_to=_is_activity_shown,
)
