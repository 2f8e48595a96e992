from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from viral_engine.accounts.models import Cohort
from viral_engine.kernel.hiding import AT, Hides, NotShared


class MessageQuerySet(models.QuerySet["Message"]):
    def shown_in(self, cohort_id: int, *, without: frozenset[int] | set[int]) -> Self:
        return self.filter(cohort=cohort_id, hidden_at=None).exclude(author__in=without).select_related("author")

    def after(self, seq: int) -> Self:
        return self.filter(seq__gt=seq).order_by("seq")

    def newest(self, count: int) -> "list[Message]":
        """The last `count` messages, oldest first; 1 query."""
        return list(self.order_by("-seq")[:count])[::-1]


class Message(models.Model):
    """One chat message in a cohort. `seq` counts per cohort, so that clients can ask for what they missed."""

    shared = Hides(("author",), {"hidden_at": None}, {"hidden_at": AT})

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    seq = models.PositiveIntegerField()
    text = models.CharField(max_length=500)
    key = models.UUIDField(help_text="Set by the client, so that a repeated send is one message.")
    at = models.DateTimeField()
    hidden_at = models.DateTimeField(null=True, blank=True, help_text="Set by staff to hide the message.")

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("cohort", "seq", name="message_number"),
            models.UniqueConstraint("author", "key", name="message_once"),
            models.CheckConstraint(condition=~Q(text=""), name="message_says_something"),
        ]
        indexes = [models.Index("at", name="message_at")]

    def __str__(self) -> str:
        return f"{self.author}: {self.text[:40]}"


class ChatCounter(models.Model):
    """The last message number of a cohort; concurrent writers take turns on this row."""

    cohort = models.OneToOneField(Cohort, on_delete=models.CASCADE, primary_key=True, related_name="+")
    last_seq = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.cohort}: {self.last_seq}"


class ChatMute(models.Model):
    """One person does not see another's messages; only they know."""

    shared = NotShared("only the muter knows")

    muter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    muted = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("muter", "muted", name="mute_once"),
            models.CheckConstraint(condition=~Q(muter=F("muted")), name="mute_somebody_else"),
        ]

    def __str__(self) -> str:
        return f"{self.muter} mutes {self.muted}"
