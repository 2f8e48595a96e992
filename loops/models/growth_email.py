from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from viral_engine.kernel.hiding import NotShared
from viral_engine.kernel.leases import LeasedQuerySet, LeasedWork


class GrowthEmailQuerySet(LeasedQuerySet["GrowthEmail"]):
    def unfinished(self) -> Self:
        """Neither sent, dropped nor dead-lettered."""
        return super().unfinished().filter(dropped_for="")


class GrowthEmail(LeasedWork):
    """A growth email, written together with its cause and sent once; the footer is added when it is sent."""

    shared = NotShared("a mail to its recipient")

    COMPLETED = "sent_at"
    LEASE = timedelta(minutes=10)
    MAX_ATTEMPTS = 8
    RETRY_AFTER = timedelta(minutes=10)
    OUTLASTS_OUTAGES = True  # a mail server may be away; after a day the email is dropped as too late

    class Dropped(models.TextChoices):
        """Why the email will not be sent."""

        OPTED_OUT = "opted_out", "The mailbox opted out"
        PREFERENCE = "preference", "Email is off in the person's settings"
        UNVERIFIED = "unverified", "The address is not verified"
        CLOSED = "closed", "The account is closed or blocked"
        REFUSED = "refused", "The mail server rejected it permanently"
        SCHOOL = "school", "It is about a pupil of a school under contract"
        TOO_LATE = "too_late", "It could not be sent within a day"

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="letters")
    about = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="letters_about"
    )
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=120, unique=True, help_text="One email per cause: a repeat is ignored.")
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    dropped_for = models.CharField(max_length=10, choices=Dropped, blank=True, default="")

    objects = GrowthEmailQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sent_at=None) | Q(dropped_for=""), name="letter_sent_or_dropped"),
        ]
        indexes = [
            models.Index("leased_until", "id", name="letter_waiting", condition=Q(sent_at=None, dropped_for="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.recipient_id}"


class Suppression(models.Model):
    """A mailbox that opted out of growth email, stored as a keyed hash; it outlives the account."""

    mailbox = models.CharField(max_length=32, unique=True)
    source = models.CharField(max_length=9, choices=[("link", "Page"), ("one_click", "Mail program")])
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.mailbox
