import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from viral_engine.accounts.models import Guest
from viral_engine.learning.models.catalogue import Deck, Question, Skill


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def owned_by(self, *, user_id: int | None, guest_id: uuid.UUID | None) -> Self:
        """Attempts of a user or of a guest; of nobody when both are None."""
        if user_id is not None:
            return self.filter(user_id=user_id)
        return self.filter(guest_id=guest_id, user_id=None) if guest_id is not None else self.none()

    def unfinished(self) -> Self:
        return self.filter(finished_at=None)


class Attempt(models.Model):
    """One person working through a fixed list of questions."""

    class Kind(models.TextChoices):
        PRACTICE = "practice", "Practice"
        CHALLENGE = "challenge", "Challenge"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="attempts"
    )
    guest = models.ForeignKey(Guest, on_delete=models.CASCADE, null=True, blank=True, related_name="attempts")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PRACTICE)
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="attempts")
    deck = models.ForeignKey(Deck, on_delete=models.PROTECT, null=True, blank=True, related_name="attempts")
    link_code = models.CharField(max_length=8, blank=True, default="", help_text="The link it was reached by.")
    started_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_s = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(user=None, guest=None), name="attempt_has_owner"),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(finished_at__gte=F("started_at")), name="attempt_ends_after_start"
            ),
            models.UniqueConstraint(
                fields=["user", "deck"], condition=Q(deck__isnull=False), name="attempt_deck_once_per_user"
            ),
            models.UniqueConstraint(
                fields=["guest", "deck"], condition=Q(deck__isnull=False), name="attempt_deck_once_per_guest"
            ),
        ]
        indexes = [models.Index("user", "started_at", name="attempt_user_started")]

    def __str__(self) -> str:
        return f"{self.kind} {str(self.id)[:8]}"

    def active_time(self, at: datetime) -> timedelta:
        """Time worked so far, pauses left out."""
        until = self.finished_at or self.paused_at or at
        return max(until - self.started_at - timedelta(seconds=self.paused_s), timedelta(0))


class Answer(models.Model):
    """One question of one attempt; `choice` is null until answered, and never changes after."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="answers")
    position = models.PositiveSmallIntegerField()
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="+")
    choice = models.PositiveSmallIntegerField(null=True, blank=True)
    is_correct = models.BooleanField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint("attempt", "position", name="answer_one_per_place"),
            models.CheckConstraint(condition=Q(choice=None) | Q(choice__lte=3), name="answer_among_four"),
            models.CheckConstraint(
                condition=Q(choice=None, is_correct=None, answered_at=None)
                | Q(choice__isnull=False, is_correct__isnull=False, answered_at__isnull=False),
                name="answer_whole_or_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}.{self.position}"
