from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Sum

from loops.rules.economy import REWARDS
from viral_engine.kernel.hiding import NotShared


def _spendable(at: datetime) -> Q:
    alive = Q(expires_at=None) | Q(expires_at__gt=at)
    return alive & Q(left__gt=0, held_at=None, at__lte=at)


def _reversed() -> Exists:
    """Whether a reversal of the grant is in force."""
    return Exists(RewardEntry.objects.all().in_force().filter(of=OuterRef("pk")))


class RewardEntryQuerySet(models.QuerySet["RewardEntry"]):
    def of(self, user_id: int) -> Self:
        return self.filter(user_id=user_id)

    def spendable(self, at: datetime) -> Self:
        """Return grants with an unspent part that are neither held nor expired."""
        return self.filter(_spendable(at))

    def in_debt(self) -> Self:
        """Return reversals of spent grants whose debt is not paid back."""
        return self.filter(left__lt=0)

    def with_reversals(self) -> Self:
        """Annotate `is_taken_back`: whether a grant is reversed, and not restored."""
        return self.annotate(is_taken_back=_reversed())

    def taken_back(self) -> Self:
        """Return grants that are reversed, and not restored."""
        return self.filter(_reversed())

    def not_taken_back(self) -> Self:
        return self.filter(~_reversed())

    def in_force(self) -> Self:
        """Return reversals that are not undone."""
        return self.filter(~Exists(RewardEntry.objects.filter(of=OuterRef("pk"), cause="restoral")), cause="reversal")

    def expired(self, at: datetime) -> Self:
        return self.filter(left__gt=0, held_at=None, expires_at__lte=at)

    def holdings(self, user_id: int, at: datetime) -> dict[str, int]:
        """Return the person's usable balance per kind; negative for a debt. 1 query over open entries."""
        open_lines = self.of(user_id).filter(_spendable(at) | Q(left__lt=0))
        return dict(open_lines.order_by().values_list("kind").annotate(Sum("left")))

    def held(self, user_id: int) -> dict[str, int]:
        """Return the amounts on hold per kind; 1 query."""
        waiting = self.of(user_id).filter(left__gt=0, held_at__isnull=False)
        return dict(waiting.order_by().values_list("kind").annotate(Sum("left")))

    def balance_at(self, user_id: int, kind: str, at: datetime) -> int:
        """Compute the usable balance of a kind at any instant, past or present, from the entries; 1 query."""
        lines, lapsed = Q(at__lte=at), Q(expires_at__lte=at, left__gt=0, held_at=None)  # expired, not written off yet
        sums = (
            self.of(user_id)
            .filter(kind=kind, held_at=None)
            .aggregate(lines=Sum("amount", filter=lines, default=0), lapsed=Sum("left", filter=lapsed, default=0))
        )
        return int(sums["lines"] - sums["lapsed"])


class RewardEntry(models.Model):
    """One ledger entry: grants are positive; redemptions, expiries and reversals negative. Amounts never change.

    A restoral undoes a reversal: the grant has again what the person would have without it.

    `left` is the open part: for a grant the unspent amount, for a reversal the negative unpaid debt. Per person and
    kind, the sum of amounts equals the sum of `left` at every commit.
    """

    shared = NotShared("the person's ledger")

    MAX_AMOUNT: ClassVar[int] = 2**31 - 1  # what the column holds

    class Cause(models.TextChoices):
        GRANT = "grant", "Grant"
        USE = "use", "Use"
        EXPIRY = "expiry", "Expiry"
        REVERSAL = "reversal", "Reversal"
        RESTORAL = "restoral", "Restoral"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="rewards")
    kind = models.CharField(max_length=20)
    cause = models.CharField(max_length=8, choices=Cause)
    amount = models.IntegerField()
    left = models.IntegerField(default=0, help_text="Unspent part of a grant; negative: unpaid debt.")
    reason = models.CharField(max_length=120)
    key = models.CharField(max_length=120, unique=True, help_text="Idempotency key: a repeat changes nothing.")
    loop = models.CharField(max_length=40, blank=True, default="", help_text='The loop that granted it, or "shop".')
    earned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="The child under 13 who earned it for a parent.",
    )
    of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="closed_by")
    cost_cents = models.IntegerField(default=0)
    at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    held_at = models.DateTimeField(null=True, blank=True, help_text="If set, it waits for a review and cannot be used.")
    held_for = models.CharField(max_length=120, blank=True, default="")
    is_taken_back: bool  # only after `with_reversals`

    objects = RewardEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "reward entries"
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="reward_not_zero"),
            models.CheckConstraint(condition=Q(kind__in=list(REWARDS)), name="reward_kind_known"),
            models.CheckConstraint(
                condition=Q(cause="grant", amount__gt=0, left__gte=0, left__lte=F("amount"))
                | Q(cause__in=["use", "expiry"], amount__lt=0, left=0)
                | Q(cause="reversal", amount__lt=0, left__lte=0, left__gte=F("amount"))
                | Q(cause="restoral", amount__gt=0, left=0),
                name="reward_left_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(cause__in=["grant", "use"], of=None)
                | Q(cause__in=["expiry", "reversal", "restoral"], of__isnull=False),
                name="reward_closes_a_grant",
            ),
            models.CheckConstraint(condition=Q(held_at=None) | Q(cause="grant"), name="reward_held_grant"),
            models.UniqueConstraint("of", condition=Q(cause="restoral"), name="reward_restored_once"),
        ]
        indexes = [
            models.Index("user", "at", name="reward_user_at"),
            models.Index("user", "kind", name="reward_open", condition=~Q(left=0)),
            models.Index("expires_at", name="reward_to_expire", condition=Q(left__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.amount:+d} {self.kind} for {self.user_id}"


class DailyRewardTotal(models.Model):
    """A person's grants of one kind on one day; a conditional update of the row enforces the daily cap."""

    shared = NotShared("a cap")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    on = models.DateField()
    granted = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint("user", "kind", "on", name="reward_day_once")]

    def __str__(self) -> str:
        return f"{self.granted} {self.kind} on {self.on}"
