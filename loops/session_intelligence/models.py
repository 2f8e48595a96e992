"""The pipeline of a session, the actions it led to, and the reminders that wait for their day."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from loops.models.link import Link
from viral_engine.kernel.clock import today
from viral_engine.kernel.hiding import HiddenWith
from viral_engine.kernel.leases import LeasedQuerySet, LeasedWork
from viral_engine.learning.models import Deck, Skill, TutoringSession


class SessionPipelineQuerySet(LeasedQuerySet["SessionPipeline"]):
    pass


class SessionPipeline(LeasedWork):
    """How far a session's transcript has come. Each stage is one transaction, and is done once."""

    COMPLETED = "delivered_at"
    LEASE = timedelta(seconds=150)  # more than the provider's 60 s twice
    MAX_ATTEMPTS = 3  # of each stage
    RETRY_AFTER = timedelta(seconds=20)
    RETRY_DOUBLES = True

    class PipelineStage(models.TextChoices):
        RECEIVED = "received", "Received"
        REDACTED = "redacted", "Names removed"
        SUMMARIZED = "summarized", "Summarized"
        ACTED = "actions", "Ideas made"
        DELIVERED = "delivered", "Delivered"

    session = models.OneToOneField(
        TutoringSession, on_delete=models.CASCADE, primary_key=True, related_name="intelligence"
    )
    stage = models.CharField(max_length=10, choices=PipelineStage, default=PipelineStage.RECEIVED)
    redactions = models.JSONField(default=dict, blank=True, help_text="Finds by kind, without the finds.")
    shortfall = models.JSONField(default=list, blank=True, help_text="Why there are fewer than four actions.")
    received_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)

    objects = SessionPipelineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(stage="delivered", delivered_at__isnull=False)
                | Q(~Q(stage="delivered"), delivered_at=None),
                name="pipeline_delivered_at_its_end",
            ),
            models.CheckConstraint(
                condition=Q(stage__in=["received", "redacted", "summarized", "actions", "delivered"]),
                name="pipeline_stage_known",
            ),
        ]
        indexes = [models.Index("leased_until", "session", name="pipeline_waiting", condition=Q(delivered_at=None))]

    def __str__(self) -> str:
        return f"session {self.session_id}: {self.stage}"


class SessionActionQuerySet(models.QuerySet["SessionAction"]):
    def standing(self) -> Self:
        """Actions that are allowed, or may be soon, and were not recalled."""
        status = SessionAction.Status
        return self.filter(status__in=[status.READY, status.WAITING, status.HELD])

    def due(self, at: datetime) -> Self:
        """Held actions whose next try has come."""
        return self.filter(status=SessionAction.Status.HELD, retry_at__lte=at)


class SessionAction(models.Model):
    """Something a person can do because of a session; one of a kind for each person and session."""

    shared = HiddenWith("only the session's people read it; its link is hidden with the person")

    class Kind(models.TextChoices):
        BEAT_MY_SKILL = "beat_my_skill", "Beat my skill"
        STUDY_BUDDY = "study_buddy", "Study together"
        CELEBRATION = "celebration", "Celebrate"
        PARENT_REEL = "parent_reel", "A session to be proud of"
        TUTOR_SHARE = "tutor_share", "Share your teaching"
        PREP_PACK = "prep_pack", "Prepare the next session"

    class Status(models.TextChoices):
        READY = "ready", "Ready"
        WAITING = "waiting", "Waits for its person"
        HELD = "held", "Tried again later"
        REFUSED = "refused", "Not allowed"
        RECALLED = "recalled", "Recalled"

    session = models.ForeignKey(TutoringSession, on_delete=models.CASCADE, related_name="actions")
    kind = models.CharField(max_length=14, choices=Kind)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="session_actions")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    cue = models.PositiveIntegerField(null=True, blank=True, help_text="Number of the cue it rests on.")
    cue_at_s = models.PositiveIntegerField(null=True, blank=True, help_text="Seconds into the session.")
    exam_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=8, choices=Status)
    reason = models.CharField(max_length=120, blank=True, default="", help_text="Why it is not ready, as a code.")
    retry_at = models.DateTimeField(null=True, blank=True, help_text="Of a held action: when it is tried again.")
    link = models.OneToOneField(Link, on_delete=models.SET_NULL, null=True, blank=True, related_name="session_action")
    deck = models.OneToOneField(Deck, on_delete=models.PROTECT, null=True, blank=True, related_name="session_action")
    created_at = models.DateTimeField()
    recalled_at = models.DateTimeField(null=True, blank=True)
    recalled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = SessionActionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("session", "kind", "owner", name="session_action_once"),
            models.CheckConstraint(
                condition=Q(status="recalled", recalled_at__isnull=False) | Q(~Q(status="recalled"), recalled_at=None),
                name="session_action_recalled_at",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["refused", "waiting", "held"]) | Q(link=None),
                name="session_action_link_when_ready",
            ),
            models.CheckConstraint(
                condition=Q(status="held", retry_at__isnull=False) | Q(~Q(status="held"), retry_at=None),
                name="session_action_held_until_retry",
            ),
        ]
        indexes = [
            models.Index("owner", "created_at", name="session_action_owner"),
            models.Index("retry_at", name="session_action_held", condition=Q(status="held")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of session {self.session_id}"

    @property
    def link_deck(self) -> Deck:
        """The questions of its own link. Raises  LookupError without one."""
        if self.deck is None:
            raise LookupError(f"action {self.pk} has no questions")
        return self.deck


class SessionReminderQuerySet(LeasedQuerySet["SessionReminder"]):
    def waiting(self, at: datetime) -> Self:
        """Claimable, due, before its exam, and of an action that stands; whether that has a link does not matter."""
        standing = [SessionAction.Status.READY, SessionAction.Status.WAITING]
        still_due = super().waiting(at).filter(due_at__lte=at, action__exam_on__gt=today(at))
        return still_due.filter(action__status__in=standing)


class SessionReminder(LeasedWork):
    """A reminder of an exam, 48 hours before it."""

    COMPLETED = "sent_at"
    LEASE = timedelta(minutes=2)
    MAX_ATTEMPTS = 3
    RETRY_AFTER = timedelta(minutes=5)

    action = models.OneToOneField(SessionAction, on_delete=models.CASCADE, primary_key=True, related_name="reminder")
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = SessionReminderQuerySet.as_manager()

    class Meta:
        indexes = [models.Index("due_at", name="session_reminder_due", condition=Q(sent_at=None))]

    def __str__(self) -> str:
        return f"reminder of action {self.action_id}"
