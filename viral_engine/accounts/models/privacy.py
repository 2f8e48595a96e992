"""Requests of people and parents about personal data, and their outcomes."""

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from viral_engine.kernel.hiding import NotShared
from viral_engine.kernel.leases import LeasedQuerySet, LeasedWork


class Erasure(LeasedWork):
    """An account that was deleted: the work of erasing its rows, and then a line of the deletion log.

    People are named by number and keyed hash. The row is never deleted: after a restore, `forget_again` needs it.
    """

    COMPLETED = "finished_at"
    LEASE = timedelta(seconds=60)
    MAX_ATTEMPTS = 100
    RETRY_AFTER = timedelta(seconds=60)
    OUTLASTS_OUTAGES = True

    user_id = models.BigIntegerField(unique=True)
    person_hash = models.CharField(max_length=32, help_text="Keyed hash of the person id: numbers may be given twice.")
    by_id = models.BigIntegerField(help_text="Themselves, a parent, or staff.")
    erased_at = models.DateTimeField()
    steps = models.JSONField(default=list, blank=True, help_text="The tables that are done.")
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = LeasedQuerySet["Erasure"].as_manager()

    def __str__(self) -> str:
        return f"erasure of account {self.user_id}"


class CorrectionQuerySet(models.QuerySet["BirthdateCorrection"]):
    def open(self) -> "CorrectionQuerySet":
        return self.filter(decided_at=None)


class BirthdateCorrection(models.Model):
    """A parent's request to correct a child's birthdate. Staff decide, because a birthdate decides about rights."""

    shared = NotShared("read by the parent and staff")

    child = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    birthdate = models.DateField()
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    is_accepted = models.BooleanField(default=False)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("child", condition=Q(decided_at=None), name="correction_one_open"),
            models.CheckConstraint(
                condition=Q(is_accepted=False) | Q(decided_at__isnull=False), name="correction_accepted_when_decided"
            ),
        ]

    def __str__(self) -> str:
        return f"birthdate of account {self.child_id}"


class InactivityNotice(LeasedWork):
    """A child has not logged in for eleven months: the e-mail to the parent, and the day of the deletion."""

    shared = NotShared("a mail to the parents")

    COMPLETED = "mailed_at"
    LEASE = timedelta(seconds=60)
    MAX_ATTEMPTS = 8
    RETRY_AFTER = timedelta(minutes=10)
    RETRY_DOUBLES = True
    OUTLASTS_OUTAGES = True
    WAIT: ClassVar[timedelta] = timedelta(days=30)

    child = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="inactivity_notice")
    created_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, blank=True)
    delete_after = models.DateTimeField()

    objects = LeasedQuerySet["InactivityNotice"].as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(delete_after__gt=F("created_at")), name="inactivity_gives_time")
        ]

    def __str__(self) -> str:
        return f"notice about account {self.child_id}"
