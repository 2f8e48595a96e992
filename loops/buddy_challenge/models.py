from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from loops.models.entry import Entry, settled_with_outcome
from loops.models.link import Link
from loops.rules.shields import earns_shields, prize, winning_score
from viral_engine.learning.models import Attempt, Deck


class ChallengeQuerySet(models.QuerySet["Challenge"]):
    def playable(self, at: datetime) -> Self:
        """Challenges that can still be played, each with its link: a link outlives its questions."""
        live = self.filter(link__deactivated_at=None, link__expires_at__gt=at, deck__expires_at__gt=at)
        return live.select_related("link")


class Challenge(models.Model):
    """ "Beat my score": a deck, the score to beat and the link to share."""

    link = models.OneToOneField(Link, on_delete=models.CASCADE, related_name="challenge")
    deck = models.OneToOneField(Deck, on_delete=models.PROTECT, related_name="challenge")
    attempt = models.ForeignKey(
        Attempt, on_delete=models.CASCADE, related_name="challenges", help_text="The challenger's own attempt."
    )
    score_to_beat = models.PositiveSmallIntegerField()
    shields = models.PositiveSmallIntegerField(default=1, help_text="Reward of each side, fixed for the link.")
    points = models.PositiveSmallIntegerField(default=0, help_text="Reward of each side in place of shields.")

    objects = ChallengeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(score_to_beat__lte=100), name="challenge_score_to_100"),
            models.CheckConstraint(
                condition=Q(shields__range=(1, 3), points=0) | Q(shields=0, points__range=(1, 500)),
                name="challenge_shields_or_points",
            ),
        ]

    def __str__(self) -> str:
        return f"challenge {self.pk}: beat {self.score_to_beat}"

    @property
    def reward(self) -> tuple[str, int]:
        """Return the kind and amount of each side's reward."""
        return ("points", self.points) if self.points else ("streak_shield", self.shields)

    @property
    def prize(self) -> str:
        """Return the reward of each side as text."""
        return prize(*self.reward)

    @property
    def winning_score(self) -> int:
        """Return the lowest score with which both sides win, in percent."""
        return winning_score(self.score_to_beat)


class ChallengeEntry(Entry):
    """One referee's attempt at the challenge, and its outcome."""

    challenge = models.ForeignKey(Challenge, on_delete=models.CASCADE, related_name="entries")
    attempt = models.OneToOneField(Attempt, on_delete=models.CASCADE, related_name="challenge_entry")

    class Meta:
        verbose_name_plural = "challenge entries"
        constraints = [settled_with_outcome("entry_settled_with_outcome")]

    def __str__(self) -> str:
        return f"{self.challenge_id}: {self.outcome}"

    @property
    def is_close(self) -> bool:
        """Return whether the score earns the shields once the referee has an account."""
        return earns_shields(score=self.attempt.result.score, score_to_beat=self.challenge.score_to_beat)
