"""The review queue: what staff should read, the steps of each case, and people's reports."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from viral_engine.kernel.hiding import NotShared

REPORTS_COUNT_FOR = timedelta(days=30)


class ReviewItemQuerySet(models.QuerySet["ReviewItem"]):
    def waiting(self) -> Self:
        return self.filter(status__in=ReviewItem.WAITING)

    def approved_lately(self, at: datetime) -> Self:
        """Staff found the object in order within REPORTS_COUNT_FOR."""
        return self.filter(status=ReviewItem.Status.APPROVED, decided_at__gt=at - REPORTS_COUNT_FOR)

    def about(self, user_id: int) -> Self:
        return self.filter(subject=user_id)

    def undone(self, kinds: Iterable[str]) -> Self:
        """Cases of these kinds whose object has no effect any more."""
        return self.filter(kind__in=kinds, undone_at__isnull=False)


class ReviewItem(models.Model):
    """One case in the review queue. At most one per kind and object waits at a time.

    Every change of `status` is a conditional update, and a ReviewStep records it.
    """

    shared = NotShared("read by staff, and the decision by its person")

    class Status(models.TextChoices):
        OPEN = "open", "Waits for review"
        APPEALED = "appealed", "Appealed, waits for a second look"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"

    WAITING = (Status.OPEN, Status.APPEALED)
    DECIDED = (Status.APPROVED, Status.REJECTED)

    kind = models.CharField(max_length=20)
    object_key = models.CharField(max_length=60)
    subject = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="review_items"
    )
    reason = models.CharField(max_length=200)
    evidence = models.JSONField(default=dict)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    opened_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True, help_text="When set, the object has no effect any more.")
    undone = models.JSONField(default=dict, help_text="What was undone, so that it can be restored.")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=300, blank=True, default="")
    appealed_at = models.DateTimeField(null=True, blank=True)
    appeal = models.CharField(max_length=500, blank=True, default="")

    objects = ReviewItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "object_key"], condition=Q(status__in=["open", "appealed"]), name="review_waits_once"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["open", "appealed"]) | Q(decided_at__isnull=False), name="review_decided_at"
            ),
            models.CheckConstraint(
                condition=~Q(status="appealed") | Q(appealed_at__isnull=False), name="review_appealed_at"
            ),
        ]
        indexes = [
            models.Index("opened_at", name="review_waiting", condition=Q(status__in=["open", "appealed"])),
            models.Index("subject", "opened_at", name="review_subject_opened"),
            models.Index("decided_at", name="review_decided"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_key}: {self.status}"

    @property
    def is_waiting(self) -> bool:
        return self.status in self.WAITING

    @property
    def may_be_appealed(self) -> bool:
        return self.status == self.Status.REJECTED and self.appealed_at is None

    @property
    def time_to_decision(self) -> timedelta | None:
        return self.decided_at - self.opened_at if self.decided_at else None


class ReviewStep(models.Model):
    """One step of a case. The log is append-only."""

    shared = NotShared("read by staff, and the decision by its person")

    class Step(models.TextChoices):
        REPORTED = "reported", "Reported"
        UNDONE = "undone", "Undone"
        RESTORED = "restored", "Restored"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        REOPENED = "reopened", "Decision taken back"
        APPEALED = "appealed", "Appealed"

    item = models.ForeignKey(ReviewItem, on_delete=models.CASCADE, related_name="steps")
    step = models.CharField(max_length=8, choices=Step)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("item", "at", name="review_step_item_at")]

    def __str__(self) -> str:
        return f"{self.step} at {self.at:%Y-%m-%d %H:%M}"


class ReportQuerySet(models.QuerySet["Report"]):
    def by(self, reporter_key: str) -> Self:
        return self.filter(reporter_key=reporter_key)

    def unsettled(self) -> Self:
        return self.filter(settled_at=None)

    def counting(self, at: datetime) -> Self:
        """Open and upheld reports of the last 30 days: those that the fraud score reads."""
        return self.filter(Q(settled_at=None) | Q(is_upheld=True), at__gte=at - REPORTS_COUNT_FOR)


class Report(models.Model):
    """A person's report of what another person shared."""

    shared = NotShared("read by staff, and the decision by its person")

    class Complaint(models.TextChoices):
        UNKIND = "unkind", "It is mean or hurtful"
        UNSAFE = "unsafe", "It makes me feel unsafe"
        PRIVATE = "private", "It shows private information"
        CHEATING = "cheating", "It looks like cheating"
        SPAM = "spam", "It is spam"
        OTHER = "other", "Something else is wrong"

    item = models.ForeignKey(ReviewItem, on_delete=models.CASCADE, related_name="reports")
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    reporter_key = models.CharField(max_length=48, help_text="The person's account, or the guest's id.")
    kind = models.CharField(max_length=20)
    object_key = models.CharField(max_length=60)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="reports_about"
    )
    reason = models.CharField(max_length=8, choices=Complaint)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    is_upheld = models.BooleanField(null=True, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reporter_key", "kind", "object_key"], condition=Q(settled_at=None), name="report_open_once"
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None, is_upheld=None) | Q(settled_at__isnull=False, is_upheld__isnull=False),
                name="report_settled_with_answer",
            ),
        ]
        indexes = [
            models.Index("owner", "at", name="report_owner_at"),
            models.Index("reporter_key", "at", name="report_reporter_at"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} on {self.kind} {self.object_key}"
