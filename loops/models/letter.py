from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from viral_engine.kernel.leases import LeasedQuerySet, LeasedWork


class LetterQuerySet(LeasedQuerySet["Letter"]):
    def unfinished(self) -> Self:
        """Neither sent, dropped nor dead-lettered."""
        return super().unfinished().filter(dropped_for="")


class Letter(LeasedWork):
    """A growth mail, written together with its cause and sent once; the footer is added when it leaves."""

    COMPLETED = "sent_at"
    LEASE = timedelta(minutes=10)
    MAX_ATTEMPTS = 8
    RETRY_AFTER = timedelta(minutes=10)
    OUTLASTS_OUTAGES = True  # a mail server may be away; after a day the letter is dropped as too late

    class Dropped(models.TextChoices):
        """Why it will not be sent."""

        OPTED_OUT = "opted_out", "The mailbox wants no such mail"
        PREFERENCE = "preference", "E-mail is switched off in the settings"
        UNVERIFIED = "unverified", "Nobody has confirmed the mailbox"
        CLOSED = "closed", "The account is closed or blocked"
        REFUSED = "refused", "The mail server refused it for good"
        TOO_LATE = "too_late", "It could not be sent for a day"

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="letters")
    about = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="letters_about"
    )
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=120, unique=True, help_text="A letter of the same cause meets this.")
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    dropped_for = models.CharField(max_length=10, choices=Dropped, blank=True, default="")

    objects = LetterQuerySet.as_manager()

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
    """A mailbox that wants no growth mail, known by a keyed hash alone: it outlives the account."""

    mailbox = models.CharField(max_length=32, unique=True)
    source = models.CharField(max_length=9, choices=[("link", "The page"), ("one_click", "The mail program")])
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.mailbox
