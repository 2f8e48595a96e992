"""What happened to units. A unit is named by id, not by foreign key: counts outlive an erased account."""

from django.db import models

from experiments.models.experiment import Metric
from experiments.models.phase import Phase

UNIT = "Person id; for trees, of the first inviter."


class Assignment(models.Model):
    """The arm a unit was given, kept though its grade or the coverage change later."""

    phase = models.ForeignKey(Phase, on_delete=models.CASCADE, related_name="assignments")
    unit = models.CharField(max_length=36, help_text=UNIT)
    arm = models.SlugField(max_length=40)
    assigned_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("phase", "unit", name="assignment_once")]

    def __str__(self) -> str:
        return f"{self.unit[:8]}: {self.arm}"


class Exposure(models.Model):
    """The first time a unit met its arm; the later ones change nothing."""

    phase = models.ForeignKey(Phase, on_delete=models.CASCADE, related_name="exposures")
    unit = models.CharField(max_length=36, help_text=UNIT)
    arm = models.SlugField(max_length=40)
    at = models.DateTimeField()
    on = models.DateField(help_text="UTC; results are drawn by day.")
    is_crossed = models.BooleanField(default=False, help_text="The same person also met another arm, as a guest.")

    class Meta:
        constraints = [models.UniqueConstraint("phase", "unit", name="exposure_once")]
        indexes = [models.Index("phase", "arm", "on", "is_crossed", name="exposure_by_day")]

    def __str__(self) -> str:
        return f"{self.unit[:8]} met {self.arm}"


class Outcome(models.Model):
    """What one exposed unit did of what one metric counts. Phase, arm and day stand here too, so that results are one
    GROUP BY without a join."""

    exposure = models.ForeignKey(Exposure, on_delete=models.CASCADE, related_name="outcomes")
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="outcomes")
    phase = models.ForeignKey(Phase, on_delete=models.CASCADE, related_name="+")
    arm = models.SlugField(max_length=40)
    count = models.PositiveIntegerField(default=0, help_text="Events.")
    total = models.FloatField(default=0, help_text="Sum of what the events carry.")
    before = models.FloatField(default=0, help_text="The same, in the days before exposure (CUPED).")
    first_on = models.DateField(null=True, blank=True, help_text="UTC day of the first; empty where only `before` is.")

    class Meta:
        constraints = [models.UniqueConstraint("exposure", "metric", name="outcome_once")]
        indexes = [
            models.Index("phase", "metric", "arm", "first_on", name="outcome_by_day"),
            models.Index("phase", "metric", "total", name="outcome_by_total"),
        ]

    def __str__(self) -> str:
        return f"{self.metric_id}: {self.count}"
