from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact


class Link(models.Model):
    """A smart link: who shared it, for which loop, until when. Its code is public, its signature is not stored."""

    code = models.CharField(max_length=8, unique=True)
    loop = models.ForeignKey("loops.Loop", on_delete=models.PROTECT, related_name="links")
    inviter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="links")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    deactivated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="link_expires_after_created"),
            models.CheckConstraint(condition=Exact(Length("code"), 8), name="link_code_of_8"),
        ]
        indexes = [models.Index("inviter", "created_at", name="link_inviter_created")]

    def __str__(self) -> str:
        return self.code

    def is_live(self, at: datetime) -> bool:
        return self.deactivated_at is None and at < self.expires_at


class TouchQuerySet(models.QuerySet["Touch"]):
    def by(self, visitor: str) -> Self:
        return self.filter(visitor=visitor)

    def last_before(self, at: datetime, *, since: datetime) -> "Touch | None":
        """The touch that is paid: the latest in the window."""
        return self.filter(clicked_at__gte=since, clicked_at__lte=at).order_by("clicked_at", "pk").last()


class Touch(models.Model):
    """A person's click on a link; at most one per link and visitor in 24 hours."""

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="touches")
    visitor = models.CharField(max_length=36, help_text="Person id: the same before and after sign-up.")
    channel = models.CharField(max_length=12, blank=True, default="")
    campaign = models.CharField(max_length=40, blank=True, default="")
    clicked_at = models.DateTimeField()
    clicked_on = models.DateField(help_text="Holds the 24-hour rule when two clicks race.")

    objects = TouchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "touches"
        constraints = [models.UniqueConstraint("link", "visitor", "clicked_on", name="touch_once_a_day")]
        indexes = [models.Index("visitor", "clicked_at", name="touch_visitor_clicked")]

    def __str__(self) -> str:
        return f"{self.visitor[:8]} on {self.link_id}"
