from datetime import timedelta

from django.db import models

from viral_engine.kernel.leases import LeasedQuerySet, LeasedWork


class GeneratedCopyQuerySet(LeasedQuerySet["GeneratedCopy"]):
    pass


class GeneratedCopy(LeasedWork):
    """Copy that an AI provider wrote for one audience in place of a template. The provider learns of no person."""

    COMPLETED = "written_at"
    LEASE = timedelta(minutes=5)
    MAX_ATTEMPTS = 5
    RETRY_AFTER = timedelta(minutes=5)

    loop = models.CharField(max_length=40)
    persona = models.CharField(max_length=8)
    language = models.CharField(max_length=2)
    subject = models.CharField(max_length=40, blank=True, default="")
    engagement = models.CharField(max_length=6, blank=True, default="")
    texts = models.JSONField(default=dict, blank=True)
    is_on = models.BooleanField(default=True, help_text="If off, the template is used.")
    wanted_at = models.DateTimeField()
    written_at = models.DateTimeField(null=True, blank=True, editable=False)
    refused_for = models.CharField(max_length=60, blank=True, default="", help_text="Why this text is not used.")

    objects = GeneratedCopyQuerySet.as_manager()

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


class DailyAiSpend(models.Model):
    """One day's spending on the AI provider; a conditional update of the row enforces the budget."""

    on = models.DateField(primary_key=True)
    spent_microdollars = models.PositiveBigIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.spent_microdollars / 1_000_000:.2f} dollars on {self.on}"
