from django.db import models
from django.db.models import Q

from leaderboards import rules
from viral_engine.learning.models import Subject

METRICS = [(metric, metric) for metric in rules.METRICS]


class RankCheckpoint(models.Model):
    """A checkpoint of the rank count: how many learners are ahead of a key.

    Checkpoints are some hundred learners apart. Small boards have none. The lowest one holds the board's size.
    """

    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="+")
    period = models.CharField(max_length=8)
    metric = models.CharField(max_length=12, choices=METRICS)
    band = models.CharField(max_length=4, blank=True, default="", help_text="Empty for all bands together.")
    key = models.BinaryField(max_length=rules.KEY_BYTES)
    ahead = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint("subject", "period", "metric", "band", "key", name="rank_mark_once")]

    def __str__(self) -> str:
        return f"{self.ahead} ahead in {self.subject_id}, {self.period}, {self.metric} {self.band}"


class RankDelta(models.Model):
    """A changed key that no checkpoint includes yet. Rows are only added, so results never wait for a count."""

    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="+")
    period = models.CharField(max_length=8)
    metric = models.CharField(max_length=12, choices=METRICS)
    band = models.CharField(max_length=4, blank=True, default="")
    old_key = models.BinaryField(max_length=rules.KEY_BYTES, null=True)
    new_key = models.BinaryField(max_length=rules.KEY_BYTES, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(old_key=None, new_key=None), name="rank_move_moves_something")
        ]
        indexes = [models.Index("subject", "period", "metric", name="rank_move_board")]

    def __str__(self) -> str:
        return f"a move in {self.subject_id}, {self.period}, {self.metric}"
