from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from viral_engine.kernel.encryption import EncryptedTextField
from viral_engine.kernel.hiding import NotShared
from viral_engine.kernel.leases import LeasedQuerySet, LeasedWork
from viral_engine.notifications.rules import QUIET_FROM, QUIET_UNTIL


class Channel(models.TextChoices):
    PAGE = "page", "On the page"
    PUSH = "push", "On my device"


class UserNotificationQuerySet(models.QuerySet["UserNotification"]):
    def unread(self) -> Self:
        return self.filter(read_at=None)

    def readable(self) -> Self:
        """Without news about people whose account is closed: their rows end with the next step of the erasure."""
        return self.filter(Q(about=None) | Q(about__is_active=True))


class UserNotification(models.Model):
    """News for one person. While it is unread, further news of its kind are counted in it."""

    shared = NotShared("read by the person alone")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=24)
    about = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    detail = models.CharField(max_length=120, blank=True, default="")
    count = models.PositiveIntegerField(default=1)
    happened_at = models.DateTimeField(help_text="Of the newest.")
    read_at = models.DateTimeField(null=True, blank=True)

    objects = UserNotificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], condition=Q(read_at=None), name="one_unread_of_a_kind"),
        ]
        indexes = [
            models.Index("user", "happened_at", name="notification_of_user"),
            models.Index("happened_at", name="notification_happened"),  # for the purge
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"


class MutedKind(models.Model):
    """A kind that a person wants no news of through one channel. Everything else is on."""

    shared = NotShared("a setting of the person")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="muted_kinds")
    kind = models.CharField(max_length=24)
    channel = models.CharField(max_length=4, choices=Channel)

    class Meta:
        constraints = [models.UniqueConstraint("user", "kind", "channel", name="muted_kind_once")]

    def __str__(self) -> str:
        return f"{self.kind} by {self.channel} of {self.user_id}"


class QuietHours(models.Model):
    """When a person's devices stay silent; without a row the site's time zone and 21:00 to 7:00."""

    shared = NotShared("a setting of the person")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="quiet_hours")
    time_zone = models.CharField(max_length=64)
    starts = models.TimeField(default=QUIET_FROM)
    ends = models.TimeField(default=QUIET_UNTIL)

    class Meta:
        verbose_name_plural = "quiet hours"

    def __str__(self) -> str:
        return f"{self.starts:%H:%M} to {self.ends:%H:%M}, {self.time_zone}"


class PushSubscription(models.Model):
    """A browser of a person that may get pushes: its address at its maker's push service, and its keys (RFC 8291)."""

    shared = NotShared("used to reach the person alone")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="push_subscriptions")
    endpoint = EncryptedTextField()
    endpoint_hash = models.CharField(max_length=64, unique=True, help_text="One browser belongs to one person.")
    p256dh = EncryptedTextField()
    auth = EncryptedTextField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"a browser of {self.user_id}"


class PushMessageQuerySet(LeasedQuerySet["PushMessage"]):
    def waiting(self, at: datetime) -> Self:
        return super().waiting(at).filter(send_after__lte=at)


class PushMessage(LeasedWork):
    """One notification on its way to one browser; it waits for the end of quiet hours."""

    shared = NotShared("sent to the person alone")

    COMPLETED = "sent_at"
    LEASE = timedelta(seconds=60)
    MAX_ATTEMPTS = 5
    RETRY_AFTER = timedelta(seconds=60)
    RETRY_DOUBLES = True

    subscription = models.ForeignKey(PushSubscription, on_delete=models.CASCADE, related_name="messages")
    notification = models.ForeignKey(UserNotification, on_delete=models.CASCADE, related_name="pushes")
    send_after = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    left_out = models.CharField(max_length=40, blank=True, default="", help_text="Why nothing was sent.")

    objects = PushMessageQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("subscription", "notification", name="push_once_a_browser")]
        indexes = [models.Index("send_after", name="push_waiting", condition=Q(sent_at=None, dead_lettered_at=None))]

    def __str__(self) -> str:
        return f"push of {self.notification_id}"
