from datetime import datetime
from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from viral_engine.api.rules import SCOPES, is_known
from viral_engine.kernel.hiding import NotShared

REQUESTS_PER_MINUTE = 1200
SHA256_HEX = 64


class ApiProgram(models.Model):
    """A program of the company that uses the API: a school system, a practice app. Its keys come and go."""

    name = models.CharField(max_length=80, unique=True)
    is_active = models.BooleanField(default=True, help_text="Switched off, none of its keys opens anything.")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


def validate_scopes(scopes: object) -> None:
    if not is_known(scopes):
        raise ValidationError(f"Choose one or more of {', '.join(SCOPES)}.", code="unknown_scope")


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable(self, at: datetime) -> Self:
        """Neither revoked nor expired, of a program that is switched on."""
        lasting = Q(expires_at=None) | Q(expires_at__gt=at)
        return self.filter(lasting, revoked_at=None, program__is_active=True)

    def unrotated(self) -> Self:
        """Keys that may be replaced: neither revoked nor replaced before."""
        return self.filter(revoked_at=None, rotated_at=None)


class ApiKey(models.Model):
    """A key of a program. The key itself is shown once and never stored."""

    shared = NotShared("read by staff")
    token = ""  # the key itself, on the object that was just made and nowhere else

    program = models.ForeignKey(ApiProgram, on_delete=models.CASCADE, related_name="keys")
    prefix = models.CharField(max_length=12, unique=True, help_text="The public part, to recognize a key by.")
    secret_hash = models.CharField(max_length=SHA256_HEX, unique=True, editable=False)
    scopes = models.JSONField(default=list, validators=[validate_scopes])
    requests_per_minute = models.PositiveIntegerField(default=REQUESTS_PER_MINUTE)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    rotated_at = models.DateTimeField(null=True, blank=True, help_text="When a new key replaced it.")
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the minute.")

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(condition=Q(requests_per_minute__gt=0), name="api_key_may_ask"),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gt=F("created_at")), name="api_key_expires_after_creation"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix} of {self.program_id}"
