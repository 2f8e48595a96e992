from django.db import models

from loops.models.link import Link
from viral_engine.learning.models import Achievement, Deck


class ShownBadge(models.Model):
    """A shared badge, and a few easy questions for its referees."""

    link = models.OneToOneField(Link, on_delete=models.CASCADE, related_name="shown_badge")
    achievement = models.ForeignKey(Achievement, on_delete=models.CASCADE, related_name="shown")
    deck = models.OneToOneField(Deck, on_delete=models.PROTECT, related_name="shown_badge")

    def __str__(self) -> str:
        return f"shown badge {self.pk} on {self.achievement_id}"
