from datetime import date, datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Avg, Count, Exists, F, Max, OuterRef, Q, Value

from viral_engine.accounts.models import Consent, Role
from viral_engine.accounts.rules import COPPA_AGE, born_by
from viral_engine.kernel.clock import now, today
from viral_engine.kernel.hiding import NotShared
from viral_engine.kernel.scalar_sql import ScalarSql
from viral_engine.learning.models.attempt import Attempt
from viral_engine.learning.models.catalogue import Skill, Subject


def number_since(learner: F, since: datetime) -> ScalarSql:
    """For an annotation: the number of the learner's results since an instant."""
    return ScalarSql(
        "(SELECT COUNT(*) FROM learning_result r JOIN learning_attempt a ON a.id = r.attempt_id"
        " WHERE a.user_id = {} AND r.finished_at >= {})",
        learner,
        Value(since, models.DateTimeField()),
        output_field=models.IntegerField(),
    )


class ResultQuerySet(models.QuerySet["Result"]):
    def of(self, user_id: int) -> Self:
        return self.filter(attempt__user_id=user_id)

    def since(self, instant: datetime) -> Self:
        return self.filter(finished_at__gte=instant)

    def of_skills(self) -> Self:
        """Results of attempts at one skill, without tests and diagnostics."""
        return self.filter(skill__isnull=False)

    def of_subjects(self) -> Self:
        """Results of tests and diagnostics: twenty questions of a whole subject."""
        return self.filter(skill=None)

    def last_skill(self) -> Skill | None:
        """The skill practiced last, with its subject; 1 query."""
        last = self.of_skills().select_related("skill__subject").order_by("-finished_at").first()
        return last.skill if last is not None else None

    def comparable(self) -> Self:
        """Results that boards compare. Diagnostics adapt their difficulty, so their scores are on another scale."""
        return self.exclude(attempt__kind=Attempt.Kind.DIAGNOSTIC)

    def heatmap(self, user_id: int) -> list[dict[str, Any]]:
        """Average score and number of results per skill, in catalogue order; 1 query.

        Shape  [{"skill__name": "Algebra", "skill__subject__name": "Math", "average": 80.0, "results": 3}, ...]
        """
        columns = ("skill__subject__name", "skill__name", "skill__subject__position", "skill__position")
        grouped = self.of(user_id).of_skills().values(*columns).annotate(average=Avg("score"), results=Count("pk"))
        return list(grouped.order_by("skill__subject__position", "skill__position"))

    def best_of_cohort(self, cohort_id: int, like: Attempt, *, without: int) -> list[int]:
        """The best score of each other member in the same skill, or same kind of attempt at the subject; 1 query."""
        same = {"skill": like.skill_id} if like.skill_id else {"subject": like.subject_id, "attempt__kind": like.kind}
        peers = self.filter(attempt__user__memberships__cohort_id=cohort_id, **same)
        best = peers.exclude(attempt__user_id=without).values("attempt__user_id").annotate(best=Max("score"))
        return list(best.order_by().values_list("best", flat=True))

    def active_in_cohort(self, cohort: OuterRef, *, since: datetime) -> models.QuerySet[Any, Any]:
        """For a subquery: the number of members with a result, without simulated people."""
        done = self.since(since).filter(attempt__user__memberships__cohort_id=cohort)
        people = done.filter(attempt__user__is_simulated=False, attempt__user__is_active=True)
        whole = people.order_by().annotate(whole=Value(1)).values("whole")  # one group, so that there is one row
        return whole.annotate(people=Count("attempt__user_id", distinct=True)).values("people")

    def shown_in_cohort(self, cohort_id: int, *, since: datetime) -> Self:
        """Results of active members who share their activity, newest first."""
        peers = self.since(since).filter(attempt__user__memberships__cohort_id=cohort_id)
        return peers.of_shown_people().order_by("-finished_at")

    def of_shown_people(self) -> Self:
        """Results of open accounts that share their activity, of children only with a parent's consent."""
        shown = self.filter(attempt__user__feed_visible=True, attempt__user__is_active=True)
        consented = Consent.objects.in_force().filter(child=OuterRef("attempt__user"), kind=Consent.Kind.COPPA)
        is_13 = Q(attempt__user__birthdate__lte=born_by(COPPA_AGE, today(now())))
        return shown.filter(is_13 | Exists(consented), attempt__user__blocked_at=None)


class Result(models.Model):
    """The outcome of a finished attempt, computed once by the server and never edited."""

    attempt = models.OneToOneField(Attempt, on_delete=models.CASCADE, primary_key=True, related_name="result")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="results")
    skill = models.ForeignKey(
        Skill,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="results",
        help_text="Empty for tests and diagnostics, which cover a whole subject.",
    )
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
        indexes = [
            models.Index("skill", "score", name="result_skill_score"),
            models.Index("subject", "score", name="result_subject_score", condition=Q(skill=None)),
        ]

    def __str__(self) -> str:
        return f"{self.score} in {self.skill or self.subject}"


class ProgressQuerySet(models.QuerySet["Progress"]):
    def with_streak_to_lose(self, today: date) -> Self:
        """Learners with a streak of two days or more who were active yesterday, not yet today, and not warned today."""
        idle = self.filter(last_active_on=today - timedelta(days=1), streak_days__gte=2)
        people = idle.filter(user__role=Role.STUDENT, user__is_active=True, user__blocked_at=None)
        return people.filter(user__is_simulated=False).exclude(warned_on=today)


class Progress(models.Model):
    """A learner's streak and XP. XP only ranks learners and buys nothing."""

    shared = NotShared("the learner's own skills")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="progress")
    xp = models.PositiveIntegerField(default=0)
    streak_days = models.PositiveIntegerField(default=0)
    last_active_on = models.DateField(null=True, blank=True)
    warned_on = models.DateField(null=True, blank=True, help_text="Day of the last streak warning.")

    objects = ProgressQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "progress"
        indexes = [models.Index("last_active_on", name="progress_streaks", condition=Q(streak_days__gte=2))]

    def __str__(self) -> str:
        return f"{self.user}: {self.xp} XP"

    def streak_on(self, day: date) -> int:
        """The streak as of a day; 0 after a whole day without activity."""
        is_alive = self.last_active_on is not None and (day - self.last_active_on).days <= 1
        return self.streak_days if is_alive else 0
