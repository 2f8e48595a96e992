from datetime import date, datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Avg, Count, Max, Q

from viral_engine.learning.models.attempt import Attempt
from viral_engine.learning.models.catalogue import Skill


class ResultQuerySet(models.QuerySet["Result"]):
    def of(self, user_id: int) -> Self:
        return self.filter(attempt__user_id=user_id)

    def since(self, instant: datetime) -> Self:
        return self.filter(finished_at__gte=instant)

    def heatmap(self, user_id: int) -> list[dict[str, Any]]:
        """Average score and number of results per skill practiced, in catalogue order; 1 query.

        Shape  [{"skill__name": "Algebra", "skill__subject__name": "Math", "average": 80.0, "results": 3}, ...]
        """
        columns = ("skill__subject__name", "skill__name", "skill__subject__position", "skill__position")
        grouped = self.of(user_id).values(*columns).annotate(average=Avg("score"), results=Count("pk"))
        return list(grouped.order_by("skill__subject__position", "skill__position"))

    def best_of_cohort(self, cohort_id: int, *, skill_id: int, without: int) -> list[int]:
        """The best score of each other member who has tried the skill; 1 query."""
        peers = self.filter(attempt__user__memberships__cohort_id=cohort_id, skill_id=skill_id)
        best = peers.exclude(attempt__user_id=without).values("attempt__user_id").annotate(best=Max("score"))
        return list(best.order_by().values_list("best", flat=True))


class Result(models.Model):
    """What a finished attempt came to; computed once by the server, never edited."""

    attempt = models.OneToOneField(Attempt, on_delete=models.CASCADE, primary_key=True, related_name="result")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="results")
    score = models.PositiveSmallIntegerField()
    correct = models.PositiveSmallIntegerField()
    total = models.PositiveSmallIntegerField()
    duration_s = models.PositiveIntegerField()
    xp = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField()

    objects = ResultQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(score__lte=100), name="result_score_to_100"),
            models.CheckConstraint(condition=Q(correct__lte=models.F("total")), name="result_correct_to_total"),
        ]
        indexes = [models.Index("skill", "score", name="result_skill_score")]

    def __str__(self) -> str:
        return f"{self.score} in {self.skill}"


class Progress(models.Model):
    """A learner's streak and XP; XP is rank only and buys nothing."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="progress")
    xp = models.PositiveIntegerField(default=0)
    streak_days = models.PositiveIntegerField(default=0)
    last_active_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "progress"

    def __str__(self) -> str:
        return f"{self.user}: {self.xp} XP"

    def streak_on(self, day: date) -> int:
        """The streak as of a day: gone once a whole day passed without activity."""
        is_alive = self.last_active_on is not None and (day - self.last_active_on).days <= 1
        return self.streak_days if is_alive else 0
