from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q, Sum

from loops.models.link import Link, Touch
from loops.rules.credit import MODELS, WHOLE_BASIS_POINTS
from viral_engine.kernel.hiding import NotShared


class Referral(models.Model):
    """The referrer and link of a sign-up. A person has one referrer, permanently."""

    shared = NotShared("credit, without names")

    referee = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="referral")
    referrer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="referrals_made")
    link = models.ForeignKey(Link, on_delete=models.PROTECT, related_name="referrals")
    touch = models.ForeignKey(Touch, on_delete=models.PROTECT, related_name="referrals")
    generation = models.PositiveIntegerField(
        default=1, help_text="Distance from the root of the referral tree: 1 for the root's own referees."
    )
    attributed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(referee=F("referrer")), name="referral_of_somebody_else"),
            models.CheckConstraint(condition=Q(generation__gte=1), name="referral_generation_from_1"),
        ]
        indexes = [models.Index("attributed_at", name="referral_attributed")]

    def __str__(self) -> str:
        return f"{self.referrer_id} brought {self.referee_id}"


class CreditQuerySet(models.QuerySet["Credit"]):
    def within(self, start: datetime, end: datetime) -> Self:
        """Return credit for sign-ups attributed from `start` up to but not including `end`."""
        return self.filter(referral__attributed_at__gte=start, referral__attributed_at__lt=end)

    def by_loop_and_channel(self) -> list[dict[str, Any]]:
        """Sum the credit per loop, channel and model; 1 query for any period.

        Shape  [{"loop": "a_loop", "channel": "sms", "model": "linear", "points": 15000, "sign_ups": 2}, ...]
        Units  points are basis points: 10,000 are one sign-up. sign_ups counts sign-ups with any credit.
        """
        named = self.values("model", loop=F("touch__link__loop"), channel=F("touch__channel"))
        sums = named.annotate(points=Sum("basis_points"), sign_ups=Count("referral", distinct=True))
        return [dict(row) for row in sums.order_by("loop", "channel", "model")]

    def unbalanced(self) -> set[int]:
        """Return ids of referrals whose credit does not sum to one sign-up: empty unless data is corrupt. 1 query."""
        sums = self.order_by().values("referral", "model").annotate(points=Sum("basis_points"))
        return set(sums.exclude(points=WHOLE_BASIS_POINTS).values_list("referral", flat=True))


class Credit(models.Model):
    """One model's share of a sign-up for one touch. Zero shares are not stored."""

    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="credits")
    touch = models.ForeignKey(Touch, on_delete=models.PROTECT, related_name="credits")
    model = models.CharField(max_length=8, choices=[(name, name.capitalize()) for name in MODELS])
    basis_points = models.PositiveIntegerField(help_text="10,000 is one sign-up.")

    objects = CreditQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("referral", "touch", "model", name="credit_once"),
            models.CheckConstraint(
                condition=Q(basis_points__range=(1, WHOLE_BASIS_POINTS)), name="credit_share_of_whole"
            ),
            models.CheckConstraint(condition=Q(model__in=list(MODELS)), name="credit_model_known"),
        ]

    def __str__(self) -> str:
        return f"{self.basis_points} of {self.referral_id} by {self.model}"
