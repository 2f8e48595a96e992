from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from viral_engine.kernel.hiding import NotShared


class PayoutQuerySet(models.QuerySet["Payout"]):
    def waiting_for(self, referrer_id: int) -> Self:
        """Payouts of one referrer that staff should look at."""
        return self.filter(referrer=referrer_id, status=Payout.Status.WAITING).exclude(reason__in=Payout.ENDS_BY_ITSELF)

    def paused(self) -> Self:
        """Payouts that wait until their reason ends by itself."""
        return self.filter(status=Payout.Status.WAITING, reason__in=Payout.ENDS_BY_ITSELF)

    def counting(self) -> Self:
        """Payouts that link two people: paid, or waiting to be."""
        return self.filter(status__in=[Payout.Status.PAID, Payout.Status.WAITING])


class Payout(models.Model):
    """Rewards that one referee's step earns both sides, paid or not. One row per step, written by `payouts`."""

    shared = NotShared("read by staff")

    class Status(models.TextChoices):
        PAID = "paid", "Paid"
        WAITING = "waiting", "Waits"
        REFUSED = "refused", "Refused"
        REVERSED = "reversed", "Taken back"

    UNVERIFIED = "referrer_unverified"  # no mailbox is proved, or no parent agreed for a child
    BLOCKED = "referrer_blocked"
    LINK_OFF = "link_switched_off"
    ENDS_BY_ITSELF = (UNVERIFIED, BLOCKED, LINK_OFF)  # reasons to wait that no decision about the payout ends

    link = models.ForeignKey("loops.Link", on_delete=models.PROTECT, related_name="payouts")
    referrer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="payouts_earned")
    referee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="payouts_caused")
    key = models.CharField(max_length=100, help_text="The start of the ledger's keys.")
    rewards = models.JSONField(default=list, help_text="[user, kind, amount, side] of each reward.")
    held_for = models.CharField(max_length=120, blank=True, default="")
    status = models.CharField(max_length=8, choices=Status)
    reason = models.CharField(max_length=200, blank=True, default="")
    signals = models.JSONField(default=dict, help_text="The signals of the payment's risk, with their weights.")
    at = models.DateTimeField()

    objects = PayoutQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("key", "referee", name="payout_once"),
            models.CheckConstraint(condition=~Q(referee=F("referrer")) | Q(status="refused"), name="payout_of_two"),
        ]
        indexes = [
            models.Index("referrer", "status", "at", name="payout_referrer_status"),
            models.Index("referee", "status", name="payout_referee_status"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.status}"

    @property
    def ledger_keys(self) -> dict[str, str]:
        """The ledger's key of each side's reward."""
        return {part: f"{self.key}:{part}" for *_, part in self.rewards}


class DailyReferrerTotal(models.Model):
    """The referees that one referrer was paid for on one day; a conditional update of the row holds the budget."""

    shared = NotShared("read by staff")

    referrer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    on = models.DateField()
    referees = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint("referrer", "on", name="referrer_day_once")]

    def __str__(self) -> str:
        return f"{self.referees} for {self.referrer_id} on {self.on}"
