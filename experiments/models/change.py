from django.conf import settings
from django.db import models
from django.db.models import Q

from experiments.models.experiment import Experiment
from experiments.models.phase import Phase
from viral_engine.kernel.hiding import NotShared


class Change(models.Model):
    """One line of an experiment's decision log: the action, its author, time and reason. Rows are never edited."""

    shared = NotShared("staff's decisions")

    class Kind(models.TextChoices):
        EDITED = "edited", "Edited"
        STARTED = "started", "Started"
        PAUSED = "paused", "Paused"
        RESUMED = "resumed", "Resumed"
        WIDENED = "widened", "Coverage raised"
        STOPPED = "stopped", "Stopped"
        GUARDRAIL = "guardrail", "Paused by a guardrail"
        PROPOSED = "proposed", "Winner proposed"
        JUDGED = "judged", "Verdict made"
        HOLDOUT = "holdout", "Holdout changed"
        CORRECTED = "corrected", "Events corrected"

    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, related_name="changes")
    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, null=True, blank=True, related_name="changes")
    kind = models.CharField(max_length=9, choices=Kind)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty for a change made by the site.",
    )
    note = models.TextField(blank=True, default="")
    facts = models.JSONField(default=dict, help_text="For an edit: {field: [before, after]}")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint("phase", condition=Q(kind="proposed"), name="change_proposed_once_a_phase")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.at:%Y-%m-%d %H:%M}"
