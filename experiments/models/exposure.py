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
    is_crossed = models.BooleanField(default=False, help_text="The same person also saw another arm.")
    held_out_at = models.DateTimeField(
        null=True, blank=True, help_text="When a holdout took the unit out; nothing counts from then on."
    )

    objects = ExposureQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("phase", "unit", name="exposure_once")]
        indexes = [
            models.Index("phase", "arm", "on", "at", "is_crossed", "held_out_at", name="exposure_by_day_and_time")
        ]

    def __str__(self) -> str:
        return f"{self.unit[:8]} saw {self.arm}"


class PersonExposure(models.Model):
    """The first time a person saw their unit's arm; in a referral tree, every person has a time of their own."""

    exposure = models.ForeignKey(Exposure, on_delete=models.CASCADE, related_name="people")
    person = models.CharField(max_length=36, help_text="Person id, the same before and after sign-up.")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("exposure", "person", name="person_exposure_once")]
        indexes = [models.Index("person", name="person_exposure_person")]

    def __str__(self) -> str:
        return f"{self.person[:8]} at {self.at:%Y-%m-%d %H:%M}"


class Outcome(models.Model):
    """Totals of one exposed unit for one metric.

    Phase, arm and day are copied here, so that results are one GROUP BY. The totals before the week of the latest
    event are kept beside those of today, so that a verdict reads exactly the whole weeks.
    """

    exposure = models.ForeignKey(Exposure, on_delete=models.CASCADE, related_name="outcomes")
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="outcomes")
    phase = models.ForeignKey(Phase, on_delete=models.CASCADE, related_name="+")
    arm = models.SlugField(max_length=40)
    count = models.PositiveIntegerField(default=0, help_text="Number of events.")
    total = models.FloatField(default=0, help_text="Sum of the values the events carry.")
    week = models.PositiveSmallIntegerField(default=0, help_text="Whole weeks from the start to the latest event.")
    count_before_week = models.PositiveIntegerField(default=0, help_text="Number of events before that week.")
    total_before_week = models.FloatField(default=0, help_text="Sum of the values before that week.")
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


class CorrectedEvent(models.Model):
    """An event marked invalid whose outcomes were counted again without it; gone when it is valid again."""

    event_id = models.BigIntegerField(primary_key=True)
    noticed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"event {self.event_id}"
