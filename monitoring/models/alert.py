from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q


class AlertQuerySet(models.QuerySet["Alert"]):
    def open(self) -> Self:
        return self.filter(resolved_at=None)


class Alert(models.Model):
    """A problem, from the check that found it until it was clear again; at most one is open per key."""

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

    key = models.CharField(max_length=80, unique=True)
    until = models.DateTimeField()
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    set_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key} until {self.until:%Y-%m-%d %H:%M}"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def waiting(self, at: datetime) -> Self:
        """Due and not leased, with no earlier one of the same alert and channel waiting: the end never comes first."""
        unsettled = Notice.objects.filter(
            alert=OuterRef("alert"), channel=OuterRef("channel"), pk__lt=OuterRef("pk"), sent_at=None, parked_at=None
        )
        due = Q(leased_until=None) | Q(leased_until__lte=at)
        return self.filter(due, sent_at=None, parked_at=None).exclude(Exists(unsettled))

    def parked(self) -> Self:
        return self.exclude(parked_at=None)


class Notice(models.Model):
    """The notification about one transition of one alert through one channel."""

    class Turn(models.TextChoices):
        RAISED = "raised", "Raised"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        RESOLVED = "resolved", "Resolved"

    MAX_ATTEMPTS: ClassVar[int] = 8
    LEASE: ClassVar[timedelta] = timedelta(seconds=60)

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="notifications")
    transition = models.CharField(max_length=12, choices=Turn)
    channel = models.CharField(max_length=12)
    at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    parked_at = models.DateTimeField(null=True, blank=True, help_text="Dead-lettered: a person has to look.")
    last_error = models.CharField(max_length=200, blank=True, default="", help_text="Never holds an address or a key.")

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("alert", "transition", "channel", name="notice_once_a_turn"),
            models.CheckConstraint(condition=Q(sent_at=None) | Q(parked_at=None), name="notice_sent_or_parked"),
            models.CheckConstraint(
                condition=Q(transition__in=["raised", "acknowledged", "resolved"]), name="notice_turn_known"
            ),
        ]
        indexes = [models.Index("leased_until", name="notice_waiting", condition=Q(sent_at=None, parked_at=None))]

    def __str__(self) -> str:
        return f"{self.transition} to {self.channel}"
