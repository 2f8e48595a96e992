from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Q

from feeds.events import CohortChallengeCreated
from viral_engine.accounts.models import Cohort
from viral_engine.accounts.viewer_profiles import ViewerProfile
from viral_engine.kernel.hiding import Hides
from viral_engine.learning.events import (
    AchievementEarned,
    ChallengeWon,
    DiagnosticCompleted,
    PracticeCompleted,
    PracticeTestCompleted,
)
from viral_engine.learning.models import Achievement, Skill, Subject

SUBJECT_KINDS = [PracticeTestCompleted.type, DiagnosticCompleted.type]
BADGE_KIND = AchievementEarned.type


class ActivityQuerySet(models.QuerySet["Activity"]):
    def visible_to(self, viewer: ViewerProfile) -> Self:
        """Activities of the viewer's cohorts, friends and own ones, without blocked people."""
        circle = Q(cohort__in=viewer.cohorts) | Q(actor__in=viewer.friends, is_for_friends=True) | Q(actor=viewer.id)
        return self.filter(circle, is_shown=True).exclude(actor__in=viewer.hidden)

    def in_cohort(self, cohort_id: int, viewer: ViewerProfile) -> Self:
        return self.filter(cohort=cohort_id, is_shown=True).exclude(actor__in=viewer.hidden)

    def since(self, instant: datetime) -> Self:
        return self.filter(at__gte=instant)

    def before(self, activity_id: int) -> Self:
        """Activities older than this one; none for an unknown id."""
        at = Activity.objects.filter(pk=activity_id).values("at")[:1]
        return self.filter(Q(at__lt=at) | Q(at=at, pk__lt=activity_id))

    def drawn(self) -> Self:
        """Newest first by when it happened, with everything its fragment needs; 1 query for any number."""
        counts = {
            f"{kind}_count": Count("reactions", filter=Q(reactions__kind=kind, reactions__is_shown=True))
            for kind in Reaction.Kind.values
        }
        related = self.select_related("actor", "skill__subject", "subject", "cohort", "achievement__skill")
        return related.annotate(**counts).order_by("-at", "-pk")


class Activity(models.Model):
    """A learner's activity that others may see. Its visibility is decided once, when it is created."""

    shared = Hides(("actor",), {"is_shown": True}, {"is_shown": False}, is_record={"score__isnull": False})

    class Kind(models.TextChoices):
        PRACTICED = PracticeCompleted.type, "Practiced"
        WON = ChallengeWon.type, "Won a challenge"
        SHARED = "progress_shared", "Shared progress"
        CHALLENGED = CohortChallengeCreated.type, "Challenged the cohort"
        TESTED = PracticeTestCompleted.type, "Took a practice test"
        DIAGNOSED = DiagnosticCompleted.type, "Took a diagnostic"
        EARNED = BADGE_KIND, "Earned a badge"

    ICONS: ClassVar[dict[str, str]] = {  # kind -> symbol in icons.svg
        Kind.PRACTICED: "done",
        Kind.WON: "target",
        Kind.SHARED: "share",
        Kind.CHALLENGED: "target",
        Kind.TESTED: "report",
        Kind.DIAGNOSED: "report",
        Kind.EARNED: "trophy",
    }

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="activities")
    kind = models.CharField(max_length=24, choices=Kind)
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    subject = models.ForeignKey(
        Subject,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="For tests and diagnostics; else see the skill.",
    )
    achievement = models.ForeignKey(
        Achievement, on_delete=models.CASCADE, null=True, blank=True, related_name="+", help_text="For badges."
    )
    score = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Only for shared results: a score is a school record."
    )
    cohort = models.ForeignKey(Cohort, on_delete=models.SET_NULL, null=True, blank=True, related_name="activities")
    is_for_friends = models.BooleanField(default=True, help_text="Off for a child: only the cohort sees it.")
    is_shown = models.BooleanField(default=True)
    source = models.CharField(max_length=60, unique=True, help_text="The cause, so that it is posted once.")
    at = models.DateTimeField()

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "activities"
        constraints = [
            models.CheckConstraint(condition=Q(score=None) | Q(score__lte=100), name="activity_score_to_100"),
            models.CheckConstraint(
                condition=Q(score=None) | Q(kind="progress_shared"), name="activity_score_only_if_shared"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=SUBJECT_KINDS, skill=None, subject__isnull=False, achievement=None)
                | Q(kind=BADGE_KIND, subject=None, achievement__isnull=False)
                | Q(~Q(kind__in=[*SUBJECT_KINDS, BADGE_KIND]), skill__isnull=False, subject=None, achievement=None),
                name="activity_of_a_skill_subject_or_badge",
            ),
        ]
        indexes = [
            models.Index(fields=["cohort", "-at", "-id"], name="activity_cohort_newest"),
            models.Index(fields=["actor", "-at", "-id"], name="activity_actor_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.actor}: {self.kind} ({self.skill or self.subject or self.achievement})"

    @property
    def icon(self) -> str:
        return self.ICONS[self.kind]

    @property
    def subject_slug(self) -> str:
        of = self.subject or (self.skill and self.skill.subject)
        return of.slug if of else ""

    @property
    def is_answerable(self) -> bool:
        """Whether others may challenge back."""
        return self.kind in {self.Kind.PRACTICED, self.Kind.WON, self.Kind.SHARED}


class Reaction(models.Model):
    """One person's reaction of one kind."""

    shared = Hides(("user",), {"is_shown": True}, {"is_shown": False})

    class Kind(models.TextChoices):
        CLAP = "clap", "Well done"
        FIRE = "fire", "On fire"
        IDEA = "idea", "Me too"

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="reactions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    is_shown = models.BooleanField(default=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("activity", "user", "kind", name="reaction_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.kind}"
