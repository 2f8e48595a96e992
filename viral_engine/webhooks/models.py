"""Receivers of webhooks, what is on its way to them, and the log of attempts."""

import random
import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from viral_engine.kernel.encryption import EncryptedTextField
from viral_engine.kernel.leases import LeasedQuerySet, LeasedWork
from viral_engine.kernel.outbound.pinned import url_refusal
from viral_engine.webhooks import rules
from viral_engine.webhooks.published import published_types

VENDOR = "webhooks"
_chance = random.SystemRandom()


def validate_url(url: str) -> None:
    """Refuse an address that no connection may go to."""
    refusal = url_refusal(url, vendor=VENDOR)
    if refusal:
        raise ValidationError(refusal, code="not_reachable")


def validate_types(types: Any) -> None:
    known = published_types()
    if not isinstance(types, list) or not types or not set(types) <= set(known):
        raise ValidationError(f"Choose among {', '.join(known)}.", code="unknown_type")


class EndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def enabled(self) -> Self:
        return self.filter(is_active=True, disabled_at=None)

    def disabled(self) -> Self:
        """Switched off by the site, because the receiver failed too often."""
        return self.filter(is_active=True, disabled_at__isnull=False)


class WebhookEndpoint(models.Model):
    """An address of another program that hears of events. Its secret is shown once and stored encrypted."""

    secret_now = ""  # the new secret, on the object that was just made and nowhere else

    title = models.CharField(max_length=80, unique=True)
    url = models.CharField(max_length=300, validators=[validate_url])
    event_types = models.JSONField(default=list, validators=[validate_types])
    is_active = models.BooleanField(default=True, help_text="Switched off, it hears of nothing.")
    secret = EncryptedTextField(editable=False)
    previous_secret = EncryptedTextField(blank=True, default="", editable=False)
    previous_until = models.DateTimeField(null=True, blank=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False, help_text="In a row.")
    retry_at = models.DateTimeField(null=True, blank=True, editable=False)
    disabled_at = models.DateTimeField(null=True, blank=True, editable=False)
    disabled_for = models.CharField(max_length=200, blank=True, default="", editable=False)
    created_at = models.DateTimeField(editable=False)

    objects = EndpointQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title

    def secrets_at(self, at: datetime) -> list[str]:
        """The secrets that sign now, the newest first."""
        is_kept = self.previous_until is not None and at < self.previous_until
        return [self.secret, self.previous_secret] if is_kept and self.previous_secret else [self.secret]


class WebhookDeliveryQuerySet(LeasedQuerySet["WebhookDelivery"]):
    def waiting(self, at: datetime) -> Self:
        """Claimable, of an endpoint that is enabled and not pausing."""
        ready = Q(endpoint__retry_at=None) | Q(endpoint__retry_at__lte=at)
        return super().waiting(at).filter(ready, endpoint__is_active=True, endpoint__disabled_at=None)

    def replay(self, at: datetime) -> int:
        """Send again, under the same id, whatever became of them, for another day; those being sent now stay."""
        free = self.filter(Q(leased_until=None) | Q(leased_until__lte=at) | Q(delivered_at__isnull=False))
        fresh = {"delivered_at": None, "dead_lettered_at": None, "leased_until": None, "attempts": 0, "left_out": ""}
        return free.update(**fresh, expires_at=at + rules.KEPT_FOR)


class WebhookDelivery(LeasedWork):
    """One event on its way to one endpoint. People are named by number; the receiver reads a random id."""

    COMPLETED = "delivered_at"
    LEASE = timedelta(seconds=60)
    MAX_ATTEMPTS = 1000  # `expires_at` ends it earlier
    RETRY_AFTER = rules.FIRST_PAUSE
    OUTLASTS_OUTAGES = True

    message_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    type = models.CharField(max_length=40)
    actor_id = models.BigIntegerField(null=True, blank=True)
    data = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="No attempt is made after this.")
    delivered_at = models.DateTimeField(null=True, blank=True)
    left_out = models.CharField(max_length=40, blank=True, default="", help_text="Why nothing was sent.")

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "webhook deliveries"
        indexes = [
            models.Index("leased_until", name="webhook_waiting", condition=Q(delivered_at=None, dead_lettered_at=None)),
            models.Index("created_at", name="webhook_created"),  # for the purge
        ]

    def __str__(self) -> str:
        return f"{self.type} to {self.endpoint_id}"

    @classmethod
    def pause_after(cls, attempts: int) -> timedelta:
        return rules.pause_after(attempts, _chance.random())


class WebhookAttempt(models.Model):
    """One attempt at a delivery."""

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty when nothing answered.")
    error = models.CharField(max_length=200, blank=True, default="")
    took_ms = models.FloatField()

    def __str__(self) -> str:
        return f"{self.status or self.error} at {self.at:%Y-%m-%d %H:%M:%S}"
