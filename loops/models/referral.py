from django.conf import settings
from django.db import models
from django.db.models import F, Q

from loops.models.link import Link, Touch


class Referral(models.Model):
    """Whose link a sign-up is owed to. One referrer per person, for good."""

    referee = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="referral")
    referrer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="referrals_made")
    link = models.ForeignKey(Link, on_delete=models.PROTECT, related_name="referrals")
    touch = models.ForeignKey(Touch, on_delete=models.PROTECT, related_name="referrals")
    attributed_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(referee=F("referrer")), name="referral_of_somebody_else")]

    def __str__(self) -> str:
        return f"{self.referrer_id} brought {self.referee_id}"
