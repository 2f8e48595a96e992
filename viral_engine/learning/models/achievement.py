from django.conf import settings
from django.db import models
from django.db.models import Q

from viral_engine.kernel.hiding import HiddenWith
from viral_engine.learning.models.catalogue import Skill


class Achievement(models.Model):
    """A badge a learner has earned. Badges are never taken away."""

    shared = HiddenWith("others read its activity, and a link shows it on a card")

    class Kind(models.TextChoices):
        SKILL_MASTERY = "skill_mastery", "Skill mastered"
        STREAK_7 = "streak_7", "7 days in a row"
        STREAK_30 = "streak_30", "30 days in a row"
        STREAK_100 = "streak_100", "100 days in a row"
        WON_1 = "challenges_won_1", "First challenge won"
        WON_10 = "challenges_won_10", "10 challenges won"
        WON_50 = "challenges_won_50", "50 challenges won"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="achievements")
    kind = models.CharField(max_length=20, choices=Kind)
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    earned_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], condition=Q(skill=None), name="achievement_once"),
            models.UniqueConstraint(
                fields=["user", "kind", "skill"], condition=Q(skill__isnull=False), name="achievement_once_per_skill"
            ),
            models.CheckConstraint(
                condition=Q(kind="skill_mastery", skill__isnull=False) | Q(~Q(kind="skill_mastery"), skill=None),
                name="achievement_skill_of_mastery_alone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} of user {self.user_id}"

    @property
    def title(self) -> str:
        return f"{self.skill.name} mastered" if self.skill else str(self.get_kind_display())
