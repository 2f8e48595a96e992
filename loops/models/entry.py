from django.db import models
from django.db.models import Q


class Entry(models.Model):
    """One person's part in a link's offer; its reward is settled later."""

    class Outcome(models.TextChoices):
        OPEN = "open", "Open"
        REWARDED = "rewarded", "Both rewarded"
        REFUSED = "refused", "No reward"

    accepted_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.OPEN)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


def settled_with_outcome(name: str) -> models.CheckConstraint:
    """Return a constraint: an entry has `settled_at` exactly when its outcome is final."""
    is_open, is_settled = Q(outcome="open", settled_at=None), ~Q(outcome="open") & Q(settled_at__isnull=False)
    return models.CheckConstraint(condition=is_open | is_settled, name=name)
