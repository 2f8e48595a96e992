from django.db import models
from django.db.models import Q

from loops import rules
from loops.models.link import Link
from viral_engine.learning.models import Attempt, Deck


class Challenge(models.Model):
    """ "Beat my score": a deck, the score to beat, and the link that carries it."""

    link = models.OneToOneField(Link, on_delete=models.CASCADE, related_name="challenge")
    deck = models.OneToOneField(Deck, on_delete=models.PROTECT, related_name="challenge")
    attempt = models.ForeignKey(
        Attempt, on_delete=models.CASCADE, related_name="challenges", help_text="The challenger's own attempt."
    )
    score_to_beat = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(score_to_beat__lte=100), name="challenge_score_to_100")]

    def __str__(self) -> str:
        return f"challenge {self.pk}: beat {self.score_to_beat}"


class ChallengeEntry(models.Model):
    """One person who took the challenge up, and how it was settled."""

    class Outcome(models.TextChoices):
        OPEN = "open", "Open"
        REWARDED = "rewarded", "Both rewarded"
        REFUSED = "refused", "No reward"

    challenge = models.ForeignKey(Challenge, on_delete=models.CASCADE, related_name="entries")
    attempt = models.OneToOneField(Attempt, on_delete=models.CASCADE, related_name="challenge_entry")
    accepted_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.OPEN)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "challenge entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="open", settled_at=None) | (~Q(outcome="open") & Q(settled_at__isnull=False)),
                name="entry_settled_with_outcome",
            )
        ]

    def __str__(self) -> str:
        return f"{self.challenge_id}: {self.outcome}"

    @property
    def is_close(self) -> bool:
        """Whether the score earns the shields, once the friend has an account."""
        return rules.earns_shields(score=self.attempt.result.score, score_to_beat=self.challenge.score_to_beat)
