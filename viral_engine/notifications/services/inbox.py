"""Write notifications, and mark them as read."""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from viral_engine.accounts.models import User
from viral_engine.kernel.events import Event
from viral_engine.notifications.kinds import NotificationKind, kinds_of
from viral_engine.notifications.models import (
    Channel,
    MutedKind,
    PushMessage,
    PushSubscription,
    QuietHours,
    UserNotification,
)
from viral_engine.notifications.rules import QUIET_FROM, QUIET_UNTIL, quiet_until

MAX_DETAIL = 120


def notify(event: Event, at: datetime) -> None:
    """Write the notifications of an event. A durable listener: its transaction marks the delivery as well.

    Cost  per kind 2 queries; 1 or 2 statements; for new news 1 query, and 2 statements with a browser that gets pushes.
    """
    for kind in kinds_of(event):
        recipient_id = kind.recipient(event)
        if recipient_id is not None:
            _write(kind, event, recipient_id, at)


@transaction.atomic
def _write(kind: NotificationKind, event: Event, recipient_id: int, at: datetime) -> None:
    if not User.objects.filter(pk=recipient_id, is_active=True, is_simulated=False).exists():
        return  # erased, or simulated
    muted = set(MutedKind.objects.filter(user=recipient_id, kind=kind.key).values_list("channel", flat=True))
    if Channel.PAGE in muted:
        return  # a push leads to the page, so there is none either
    facts = {"about_id": kind.about(event), "detail": kind.detail(event)[:MAX_DETAIL], "happened_at": at}
    unread = UserNotification.objects.unread().filter(user=recipient_id, kind=kind.key)
    if unread.update(count=F("count") + 1, **facts):
        return
    try:
        with transaction.atomic():
            made = UserNotification.objects.create(user_id=recipient_id, kind=kind.key, **facts)
    except IntegrityError:  # a concurrent event of the kind came first
        unread.update(count=F("count") + 1, **facts)
        return
    if Channel.PUSH not in muted:
        _queue_pushes(made, at)


def _queue_pushes(notification: UserNotification, at: datetime) -> None:
    """Queue one push for each browser, after the quiet hours. News are pushed once until they are read."""
    browsers = list(PushSubscription.objects.filter(user=notification.user_id).values_list("pk", flat=True))
    if not browsers:
        return
    send_after = quiet_end(notification.user_id, at)
    PushMessage.objects.bulk_create(
        PushMessage(subscription_id=pk, notification=notification, send_after=send_after) for pk in browsers
    )


def quiet_end(user_id: int, at: datetime) -> datetime:
    """When a device of the person may make a sound: now, or at the end of the quiet hours. 1 query."""
    hours = QuietHours.objects.filter(user=user_id).first()
    if hours is None:
        return quiet_until(at, zone=settings.TIME_ZONE, starts=QUIET_FROM, ends=QUIET_UNTIL)
    return quiet_until(at, zone=hours.time_zone, starts=hours.starts, ends=hours.ends)


def mark_read(*, user: User, at: datetime, notification_id: int | None = None) -> int:
    """Mark one notification, or all, as read; repeating it changes nothing. 1 statement."""
    unread = UserNotification.objects.unread().filter(user=user)
    if notification_id is not None:
        unread = unread.filter(pk=notification_id)
    return unread.update(read_at=at)
