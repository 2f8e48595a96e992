from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from loops import rules


class RewardEntryQuerySet(models.QuerySet["RewardEntry"]):
    def of(self, user_id: int) -> Self:
        return self.filter(user_id=user_id)

    def holdings(self, user_id: int, at: datetime) -> dict[str, int]:
        """What the person can use of each kind now, from the ledger alone; 1 query."""
        lines: dict[str, list[rules.Line]] = {}
        for kind, amount, entered_at, expires_at in (
            self.of(user_id).order_by("at", "pk").values_list("kind", "amount", "at", "expires_at")
        ):
            lines.setdefault(kind, []).append(rules.Line(amount, entered_at, expires_at))
        return {kind: rules.usable(of_kind, at) for kind, of_kind in lines.items()}


class RewardEntry(models.Model):
    """One line of the ledger: a grant is positive; a redemption, expiry or reversal negative. Never edited."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="rewards")
    kind = models.CharField(max_length=20)
    amount = models.IntegerField()
    reason = models.CharField(max_length=120)
    key = models.CharField(max_length=120, unique=True, help_text="A repeated grant meets this and changes nothing.")
    cost_cents = models.IntegerField(default=0)
    at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = RewardEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "reward entries"
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="reward_not_zero"),
            models.CheckConstraint(
                condition=Q(kind__in=["ai_tutor_minutes", "class_pass", "streak_shield", "referral_xp"]),
                name="reward_kind_known",
            ),
        ]
        indexes = [models.Index("user", "kind", name="reward_user_kind")]

    def __str__(self) -> str:
        return f"{self.amount:+d} {self.kind} for {self.user_id}"


class RewardDay(models.Model):
    """What a person was granted of one kind on one day; a conditional update on it holds the daily cap."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    on = models.DateField()
    granted = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint("user", "kind", "on", name="reward_day_once")]

    def __str__(self) -> str:
        return f"{self.granted} {self.kind} on {self.on}"
