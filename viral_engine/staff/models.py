from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from viral_engine.staff.rules import AuditFact, Linked


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def anchors(self) -> Self:
        """Rows that say where the pruned part of the chain ended."""
        return self.exclude(pruned_hash="")

    def before(self, instant: datetime) -> Self:
        return self.filter(at__lt=instant)


class AuditEntry(models.Model):
    """One look of one member of staff at one child's record, chained to the entry before it.

    Append-only: triggers refuse to change rows, and to delete rows that are younger than two years or that no later
    anchor row covers (append_only.py). People are named by id: the entry outlives an account.
    """

    at = models.DateTimeField()
    actor_id = models.BigIntegerField("member of staff", help_text="The id of the account that looked.")
    person_id = models.BigIntegerField("child", null=True, blank=True, help_text="Empty for a list of many people.")
    what = models.CharField(max_length=200, help_text="The page, without what was typed into its search.")
    reason = models.CharField(max_length=200)
    pruned_id = models.BigIntegerField(
        null=True, blank=True, help_text="Of an anchor: the newest row that was deleted because of its age."
    )
    pruned_hash = models.CharField(max_length=64, blank=True, default="")
    previous_hash = models.CharField(max_length=64, unique=True)  # two writers cannot follow the same row
    row_hash = models.CharField(max_length=64, unique=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit entries"
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="audit_has_a_reason"),
            models.CheckConstraint(
                condition=Q(pruned_id=None, pruned_hash="") | (Q(pruned_id__isnull=False) & ~Q(pruned_hash="")),
                name="audit_anchor_is_whole",
            ),
        ]
        indexes = [
            models.Index("person_id", "at", name="audit_person_at"),
            models.Index("actor_id", "at", name="audit_actor_at"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} looked at {self.person_id or 'a list'} at {self.at:%Y-%m-%d %H:%M}"

    def as_linked(self) -> Linked:
        fact = AuditFact(
            at=self.at,
            actor_id=self.actor_id,
            person_id=self.person_id,
            what=self.what,
            reason=self.reason,
            pruned_id=self.pruned_id,
            pruned_hash=self.pruned_hash,
        )
        return Linked(self.pk, fact, self.previous_hash, self.row_hash)
