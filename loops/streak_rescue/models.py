from datetime import datetime

from django.db import models
from django.db.models import Q

from loops.models.entry import Entry, settled_with_outcome
from loops.models.link import Link
from viral_engine.learning.models import Attempt, Deck


class Rescue(models.Model):
    """A streak at risk, and the ten questions that its owner and a friend answer together."""

    link = models.OneToOneField(Link, on_delete=models.CASCADE, related_name="rescue")
    deck = models.OneToOneField(Deck, on_delete=models.PROTECT, related_name="rescue")
    streak_days = models.PositiveIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(streak_days__gte=1), name="rescue_of_a_streak")]

    def __str__(self) -> str:
        return f"rescue {self.pk}: {self.streak_days} days"

    @property
    def ends_at(self) -> datetime:
        """Return when the deck closes; attempts finished later earn nothing."""
        return self.deck.expires_at


class RescueEntry(Entry):
    """One participant of a rescue; the streak's owner is one too."""

    rescue = models.ForeignKey(Rescue, on_delete=models.CASCADE, related_name="entries")
    attempt = models.OneToOneField(Attempt, on_delete=models.CASCADE, related_name="rescue_entry")

    class Meta:
        verbose_name_plural = "rescue entries"
        constraints = [settled_with_outcome("rescue_entry_settled_with_outcome")]

    def __str__(self) -> str:
        return f"{self.rescue_id}: {self.outcome}"

    @property
    def is_in_time(self) -> bool:
        """Return whether all questions were answered before the rescue ended."""
        return self.attempt.finished_at is not None and self.attempt.finished_at < self.rescue.ends_at
