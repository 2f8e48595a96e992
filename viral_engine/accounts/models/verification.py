from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from viral_engine.kernel.hiding import NotShared
from viral_engine.kernel.leases import LeasedQuerySet, LeasedWork

MAX_FORM_BYTES = 4_000_000  # a photo of a page, or a few scanned ones


class ParentVerificationQuerySet(models.QuerySet["ParentVerification"]):
    def waiting(self) -> Self:
        return self.filter(status=ParentVerification.Status.WAITING)


class ParentVerification(models.Model):
    """A check that a parent is the parent, strong enough for disclosure (16 CFR 312.5): a signed form or a payment.

    The signed form is stored here and leaves only through the admin.
    """

    shared = NotShared("read by the parent and staff")

    METHODS = (("signed_form", "Signed form"), ("payment", "Payment"))  # the strong ones of Consent.Method

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"

    parent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="verifications")
    child = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    method = models.CharField(max_length=12, choices=METHODS)
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    text_version = models.CharField(max_length=20, help_text="Of the consent text that the parent signed.")
    text_hash = models.CharField(max_length=64)
    form = models.BinaryField(null=True, editable=False)
    form_type = models.CharField(max_length=20, blank=True, default="")
    form_sha256 = models.CharField(max_length=64, blank=True, default="")
    payment_id = models.CharField(max_length=100, blank=True, default="", help_text="The provider's id of the payment.")
    ip_hash = models.CharField(max_length=32, blank=True, default="")
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = ParentVerificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "child"],
                condition=Q(status="waiting", method="signed_form"),
                name="verification_one_waiting_form",
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", decided_at=None) | (~Q(status="waiting") & Q(decided_at__isnull=False)),
                name="verification_decided_once",
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("form"), MAX_FORM_BYTES),  # NULL passes: a payment has no form
                name="verification_form_small_enough",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} of {self.parent} for {self.child}"

    @property
    def evidence(self) -> str:
        """The reference that the consent keeps."""
        return f"verification:{self.pk}"


class ConsentFollowUpQuerySet(LeasedQuerySet["ConsentFollowUp"]):
    def claimable(self, at: datetime) -> Self:
        return super().claimable(at).filter(due_at__lte=at)


class ConsentFollowUp(LeasedWork):
    """The second mail of e-mail-plus: it confirms a consent by mail after a while, and says how to take it back."""

    shared = NotShared("a mail to the parent")

    COMPLETED = "sent_at"
    LEASE = timedelta(seconds=60)
    MAX_ATTEMPTS = 8
    RETRY_AFTER = timedelta(seconds=60)
    OUTLASTS_OUTAGES = True
    DELAY: ClassVar[timedelta] = timedelta(hours=24)

    child = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    parent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = ConsentFollowUpQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("child", "parent", name="consent_follow_up_once")]

    def __str__(self) -> str:
        return f"follow-up to {self.parent} about {self.child}"
