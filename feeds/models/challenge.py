from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, F, OuterRef, Q

from viral_engine.accounts.models import Cohort, load_disclosures
from viral_engine.kernel.hiding import HiddenWith
from viral_engine.learning.models import Deck, Result, Skill


class CohortChallengeQuerySet(models.QuerySet["CohortChallenge"]):
    def running(self, at: datetime) -> Self:
        return self.filter(ends_at__gt=at)

    def number_in(self, cohort: OuterRef) -> models.QuerySet[Any, Any]:
        """The number of challenges of one cohort, for a subquery; no row where there is none."""
        grouped = self.filter(cohort=cohort).order_by().values("cohort")
        return grouped.annotate(number=Count("pk")).values("number")

    def ended(self, at: datetime, *, since: datetime) -> Self:
        return self.filter(ends_at__lte=at, ends_at__gt=since)


class CohortChallenge(models.Model):
    """A challenge on the same five questions for a whole cohort, open for 24 hours."""

    shared = HiddenWith("it names its creator in one push only, which is cleared; standings leave out hidden people")

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="challenges")
    creator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="+")
    deck = models.OneToOneField(Deck, on_delete=models.PROTECT, related_name="cohort_challenge")
    day = models.DateField(help_text="One challenge per skill, day and cohort.")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    objects = CohortChallengeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("cohort", "skill", "day", name="cohort_challenge_once_a_day"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="cohort_challenge_ends_later"),
        ]
        indexes = [models.Index("cohort", "ends_at", name="cohort_challenge_running")]

    def __str__(self) -> str:
        return f"{self.cohort}: {self.skill}"

    def standings(self) -> list[dict[str, Any]]:
        """Members who played, best first: by score, then by time. Cost  1 query, 1 more with children.

        Shape  [{"user_id": 7, "name": "Ada", "avatar": "mint", "score": 80, "duration_s": 61}]
        """
        played = Result.objects.filter(attempt__deck=self.deck_id, attempt__user__isnull=False).of_shown_people()
        rows = list(played.order_by("-score", "duration_s", "finished_at").select_related("attempt__user"))
        players = [user for row in rows if (user := row.attempt.user) is not None]
        load_disclosures(players)
        return [
            {
                "user_id": player.pk,
                "name": player.peer_name,
                "avatar": player.avatar,
                "score": row.score,
                "duration_s": row.duration_s,
            }
            for player, row in zip(players, rows, strict=True)
        ]
