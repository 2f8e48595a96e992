from uuid import UUID

from django.db import models
from django.db.models import Q

from loops.models.link import Link
from viral_engine.accounts.models import Cohort
from viral_engine.learning.models import Attempt, Subject


class Rally(models.Model):
    """A live board started from a result: the starter's cohort in one subject, and the link's referees."""

    link = models.OneToOneField(Link, on_delete=models.CASCADE, related_name="rally")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    cohort = models.ForeignKey(
        Cohort,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The cohort on the board; its name is never shown.",
    )
    attempt = models.ForeignKey(
        Attempt, on_delete=models.CASCADE, related_name="rallies", help_text="The starter's attempt."
    )
    kind = models.CharField(max_length=14, choices=Attempt.Kind)
    score = models.PositiveSmallIntegerField(help_text="The starter's score, as in the link's copy.")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "rallies"
        constraints = [models.CheckConstraint(condition=Q(score__lte=100), name="rally_score_to_100")]

    def __str__(self) -> str:
        return f"rally {self.pk}: {self.score}%"

    @property
    def attempt_name(self) -> str:
        """Name the kind of the starter's attempt: "Math diagnostic"."""
        return f"{self.subject.name} {self.get_kind_display().lower()}"

    def attempt_of(self, *, user_id: int | None, guest_id: UUID | None) -> Attempt | None:
        """Return the attempt a user or guest joined with, finished or not; 1 query."""
        return Attempt.objects.owned_by(user_id=user_id, guest_id=guest_id).filter(rally_entries__rally=self).first()


class RallyEntry(models.Model):
    """A referee's attempt; it appears on the board when it is finished."""

    rally = models.ForeignKey(Rally, on_delete=models.CASCADE, related_name="entries")
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="rally_entries")
    joined_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "rally entries"
        # An open diagnostic is continued through any link, so one attempt may be an entry of several rallies.
        constraints = [models.UniqueConstraint("rally", "attempt", name="rally_entry_once")]

    def __str__(self) -> str:
        return f"{self.attempt_id} in {self.rally_id}"
