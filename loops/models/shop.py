from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from loops.rules.economy import REWARDS
from viral_engine.accounts.models import Theme
from viral_engine.kernel.hiding import NotShared
from viral_engine.kernel.text.validators import validate_shown_text, validate_title

# Rewards for a child's own practice; every other kind needs a parent's consent.
FOR_PRACTICE_ALONE = ("streak_shield",)


class ShopItemQuerySet(models.QuerySet["ShopItem"]):
    def on_sale(self) -> Self:
        return self.filter(is_on=True)


class ShopItem(models.Model):
    """An item for points: an amount of one reward, or a theme to keep."""

    slug = models.SlugField(max_length=40, primary_key=True)
    title = models.CharField(max_length=60, validators=[validate_title])
    text = models.CharField(max_length=160, blank=True, default="", validators=[validate_shown_text])
    kind = models.CharField(max_length=20, blank=True, default="")
    amount = models.PositiveIntegerField(default=1)
    theme = models.CharField(max_length=8, choices=Theme, blank=True, default="")
    price = models.PositiveIntegerField(help_text="In points.")
    position = models.PositiveSmallIntegerField(default=0)
    is_on = models.BooleanField(default=True)

    objects = ShopItemQuerySet.as_manager()

    class Meta:
        ordering = ["position", "slug"]
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=1, amount__gte=1), name="shop_item_not_free"),
            models.CheckConstraint(
                condition=(Q(kind__in=[kind for kind in REWARDS if kind != "points"]) & Q(theme=""))
                | (Q(kind="") & ~Q(theme="")),
                name="shop_item_reward_or_theme",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def needs_a_parent(self) -> bool:
        """Return whether a child under 13 needs a parent's consent to buy it."""
        return bool(self.kind) and self.kind not in FOR_PRACTICE_ALONE


class Purchase(models.Model):
    """One purchase, once per key; a theme once per person."""

    shared = NotShared("the person's own")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="purchases")
    item = models.ForeignKey(ShopItem, on_delete=models.PROTECT, related_name="purchases")
    price = models.PositiveIntegerField()
    theme = models.CharField(max_length=8, blank=True, default="", help_text="The theme bought, if any.")
    key = models.UUIDField(help_text="The page makes one per purchase, so that a double click buys once.")
    bought_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("user", "key", name="purchase_once_per_key"),
            models.UniqueConstraint(fields=["user", "theme"], condition=~Q(theme=""), name="purchase_theme_once"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} for {self.user_id}"
