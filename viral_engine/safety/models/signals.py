"""Rows behind the signals of the fraud score, each small enough to be read with the check itself."""

from datetime import UTC, datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Coalesce

from viral_engine.kernel.hiding import NotShared

NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class BlocklistQuerySet(models.QuerySet["BlocklistEntry"]):
    def in_force(self, at: datetime) -> Self:
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=at), lifted_at=None)


class BlocklistEntry(models.Model):
    """A device on which nobody may share. Lifting it keeps the row; a person is blocked in their account."""

    device = models.CharField(max_length=32, help_text="The keyed hash of a device, as the review queue shows it.")
    reason = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    objects = BlocklistQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "blocklist entries"
        constraints = [
            models.CheckConstraint(condition=~Q(device=""), name="blocklist_names_a_device"),
            models.UniqueConstraint(fields=["device"], condition=Q(lifted_at=None), name="blocklist_device_once"),
        ]

    def __str__(self) -> str:
        return f"device {self.device[:8]}"


class DeviceFlag(models.Model):
    """The trust that staff have in a device. One flagged high blocks everybody who signed up on it."""

    class Level(models.TextChoices):
        HIGH = "high", "High: block"
        MEDIUM = "medium", "Medium: review"
        LOW = "low", "Low: watch"

    device = models.CharField(
        max_length=32, unique=True, help_text="The keyed hash of a device, as the review queue shows it."
    )
    level = models.CharField(max_length=6, choices=Level)
    reason = models.CharField(max_length=120)
    flagged_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(device=""), name="device_flag_names_a_device")]

    def __str__(self) -> str:
        return f"{self.device[:8]}: {self.level}"


class MailboxKeyQuerySet(models.QuerySet["MailboxKey"]):
    def proved_earlier_by_others(self) -> Self:
        """Keys whose mailbox another account proved first. A claim that nobody proved blames no other account."""
        proved = MailboxKey.objects.filter(key=OuterRef("key"), proved_at__isnull=False).exclude(user=OuterRef("user"))
        is_mine_later = Q(proved_at__lt=Coalesce(OuterRef("proved_at"), Value(NEVER, models.DateTimeField())))
        is_mine_younger = Q(proved_at=OuterRef("proved_at"), user__lt=OuterRef("user"))
        return self.filter(Exists(proved.filter(is_mine_later | is_mine_younger)))


class MailboxKey(models.Model):
    """The keyed hash of a person's canonical mailbox, so that second accounts are found without reading addresses.

    A proof is kept when the person moves to another mailbox: otherwise one mailbox would prove account after account.
    """

    shared = NotShared("read by the fraud score and staff")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mailbox_keys")
    key = models.CharField(max_length=32)
    proved_at = models.DateTimeField(null=True, blank=True, help_text="Empty while the person only claims it.")

    objects = MailboxKeyQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("user", "key", name="mailbox_key_once")]
        indexes = [models.Index("key", "proved_at", name="mailbox_key_proved")]

    def __str__(self) -> str:
        return f"mailbox of {self.user_id}"


class ReferralEdge(models.Model):
    """A person's referrer, and how deep they are in the referral tree."""

    shared = NotShared("read by the fraud score and staff")

    referee = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="referral_edge"
    )
    referrer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    depth = models.PositiveIntegerField(help_text="1 for the referees of a person whom nobody brought.")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(depth__gte=1), name="referral_edge_from_1"),
            models.CheckConstraint(condition=~Q(referee=models.F("referrer")), name="referral_edge_of_two"),
        ]
        indexes = [models.Index("referrer", "at", name="referral_edge_referrer_at")]

    def __str__(self) -> str:
        return f"{self.referrer_id} brought {self.referee_id}"
