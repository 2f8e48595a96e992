"""Rows per unit. A unit is an id, not a foreign key, so that counts outlive an erased account."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from experiments.models.experiment import Metric
from experiments.models.phase import Phase

UNIT = "Person id; for referral trees, the id of the first referrer."


class Assignment(models.Model):
    """The arm of a unit, kept when its grade or the coverage changes later."""

    phase = models.ForeignKey(Phase, on_delete=models.CASCADE, related_name="assignments")
    unit = models.CharField(max_length=36, help_text=UNIT)
    arm = models.SlugField(max_length=40)
    assigned_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("phase", "unit", name="assignment_once")]

    def __str__(self) -> str:
        return f"{self.unit[:8]}: {self.arm}"


class ExposureQuerySet(models.QuerySet["Exposure"]):
    def in_phases_at(self, at: datetime) -> Self:
        """Exposures of the phases that were open at this instant, each with its phase."""
        open_then = Q(phase__ended_at=None) | Q(phase__ended_at__gt=at)
        return self.filter(open_then, phase__started_at__lte=at).select_related("phase")


class Exposure(models.Model):
    """The first time a unit saw its arm; later ones change nothing."""

    phase = models.ForeignKey(Phase, on_delete=models.CASCADE, related_name="exposures")
    unit = models.CharField(max_length=36, help_text=UNIT)
    arm = models.SlugField(max_length=40)
    at = models.DateTimeField()
    on = models.DateField(help_text="UTC day; results are grouped by day.")
    is_crossed = models.BooleanField(default=False, help_text="The same person also saw another arm as a guest.")

    objects = ExposureQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("phase", "unit", name="exposure_once")]
        indexes = [models.Index("phase", "arm", "on", "is_crossed", name="exposure_by_day")]

    def __str__(self) -> str:
        return f"{self.unit[:8]} saw {self.arm}"


class Outcome(models.Model):
    """Totals of one exposed unit for one metric.

    Phase, arm and day are copied here, so that results are one GROUP BY without a join.
    """

    exposure = models.ForeignKey(Exposure, on_delete=models.CASCADE, related_name="outcomes")
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="outcomes")
    phase = models.ForeignKey(Phase, on_delete=models.CASCADE, related_name="+")
    arm = models.SlugField(max_length=40)
    count = models.PositiveIntegerField(default=0, help_text="Number of events.")
    total = models.FloatField(default=0, help_text="Sum of the values the events carry.")
    before = models.FloatField(default=0, help_text="The same sum over the days before exposure (CUPED).")
    first_on = models.DateField(
        null=True, blank=True, help_text="UTC day of the first event; empty if only `before` is known."
    )

    class Meta:
        constraints = [models.UniqueConstraint("exposure", "metric", name="outcome_once")]
        indexes = [
            models.Index("phase", "metric", "arm", "first_on", name="outcome_by_day"),
            models.Index("phase", "metric", "total", name="outcome_by_total"),
        ]

    def __str__(self) -> str:
        return f"{self.metric_id}: {self.count}"
