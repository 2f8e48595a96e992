from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from viral_engine.kernel.hiding import NotShared
from viral_engine.kernel.leases import LeasedQuerySet, LeasedWork


class AlertQuerySet(models.QuerySet["Alert"]):
    def open(self) -> Self:
        return self.filter(resolved_at=None)


class Alert(models.Model):
    """A problem, from the check that found it until enough clear checks; at most one is open per key."""

    shared = NotShared("staff on call")

    class Severity(models.TextChoices):
        CRITICAL = "critical", "Critical"
        WARNING = "warning", "Warning"

    key = models.CharField(max_length=80)
    severity = models.CharField(max_length=8, choices=Severity)
    title = models.CharField(max_length=120)
    detail = models.CharField(max_length=300, help_text="The last measurement, in words.")
    value = models.FloatField(null=True, blank=True)
    limit = models.FloatField(null=True, blank=True)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="The last check that found it.")
    clear_ticks = models.PositiveSmallIntegerField(default=0, help_text="Clear checks in a row.")
    resolved_at = models.DateTimeField(null=True, blank=True)
    notified_at = models.DateTimeField(null=True, blank=True, help_text="First notification; none while silenced.")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = AlertQuerySet.as_manager()

    class Meta:
        permissions = [("acknowledge_alert", "Can acknowledge an alert"), ("silence_alert", "Can silence an alert")]
        constraints = [
            models.UniqueConstraint("key", condition=Q(resolved_at=None), name="alert_open_once"),
            models.CheckConstraint(condition=Q(severity__in=["critical", "warning"]), name="alert_severity_known"),
            models.CheckConstraint(
                condition=Q(resolved_at=None) | Q(resolved_at__gte=F("opened_at")), name="alert_ends_after_it_began"
            ),
        ]
        indexes = [models.Index("resolved_at", name="alert_resolved")]

    def __str__(self) -> str:
        return f"{self.title} ({self.severity})"

    @property
    def is_open(self) -> bool:
        return self.resolved_at is None


class Silence(models.Model):
    """No notifications about alerts of this key until then; the alerts are still recorded and shown."""

    shared = NotShared("staff on call")

    key = models.CharField(max_length=80, unique=True)
    until = models.DateTimeField()
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    set_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key} until {self.until:%Y-%m-%d %H:%M}"


class NotificationQuerySet(LeasedQuerySet["Notification"]):
    def claimable(self, at: datetime) -> Self:
        """Claimable rows without an unfinished earlier one of their alert and channel: triggers precede resolves."""
        earlier = Notification.objects.filter(
            alert=OuterRef("alert"), channel=OuterRef("channel"), pk__lt=OuterRef("pk")
        )
        return super().claimable(at).exclude(Exists(earlier.unfinished()))


class Notification(LeasedWork):
    """The notification about one transition of one alert through one channel."""

    class Transition(models.TextChoices):
        RAISED = "raised", "Raised"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        RESOLVED = "resolved", "Resolved"

    COMPLETED = "sent_at"
    LEASE = timedelta(seconds=60)
    MAX_ATTEMPTS = 8
    RETRY_AFTER = timedelta(seconds=10)
    RETRY_DOUBLES = True

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="notifications")
    transition = models.CharField(max_length=12, choices=Transition)
    channel = models.CharField(max_length=12)
    at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("alert", "transition", "channel", name="notice_once_a_turn"),
            models.CheckConstraint(
                condition=Q(sent_at=None) | Q(dead_lettered_at=None), name="notice_sent_or_dead_lettered"
            ),
            models.CheckConstraint(
                condition=Q(transition__in=["raised", "acknowledged", "resolved"]), name="notice_turn_known"
            ),
        ]
        indexes = [
            models.Index("leased_until", name="notice_waiting", condition=Q(sent_at=None, dead_lettered_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.transition} to {self.channel}"
