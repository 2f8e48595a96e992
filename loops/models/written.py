from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q


class WrittenCopyQuerySet(models.QuerySet["WrittenCopy"]):
    def to_write(self, at: datetime) -> Self:
        """Return requested rows that are not written, not refused and not leased."""
        free = Q(leased_until=None) | Q(leased_until__lt=at)
        return self.filter(free, written_at=None, refused_for="", tries__lt=WrittenCopy.MOST_TRIES)


class WrittenCopy(models.Model):
    """AI copy for one audience in place of a template. No personal data went into it."""

    MOST_TRIES = 5

    loop = models.CharField(max_length=40)
    persona = models.CharField(max_length=8)
    language = models.CharField(max_length=2)
    subject = models.CharField(max_length=40, blank=True, default="")
    engagement = models.CharField(max_length=6, blank=True, default="")
    texts = models.JSONField(default=dict, blank=True)
    is_on = models.BooleanField(default=True, help_text="If off, the template is used.")
    wanted_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    written_at = models.DateTimeField(null=True, blank=True, editable=False)
    refused_for = models.CharField(max_length=60, blank=True, default="", help_text="Why this text is not used.")

    objects = WrittenCopyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "generated copy"
        constraints = [
            models.UniqueConstraint(
                "loop", "persona", "language", "subject", "engagement", name="written_copy_once_an_audience"
            )
        ]

    def __str__(self) -> str:
        parts = (self.loop, self.persona, self.language, self.subject, self.engagement)
        return ", ".join(part for part in parts if part)

    @property
    def is_usable(self) -> bool:
        return self.is_on and self.written_at is not None and not self.refused_for


class AiDay(models.Model):
    """One day's spending on the AI provider; a conditional update of the row enforces the budget."""

    on = models.DateField(primary_key=True)
    spent_microdollars = models.PositiveBigIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.spent_microdollars / 1_000_000:.2f} dollars on {self.on}"
