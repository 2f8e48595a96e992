from datetime import timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from viral_engine.accounts.viewer_profiles import ViewerProfile
from viral_engine.kernel.hiding import Hides
from viral_engine.learning.models import Deck


class CoPracticeQuerySet(models.QuerySet["CoPractice"]):
    def of(self, user_id: int) -> Self:
        return self.filter(Q(host=user_id) | Q(friend=user_id))

    def seen_by(self, viewer: ViewerProfile) -> Self:
        """Those of the viewer with people who are their friends now."""
        pair = Q(host=viewer.id, friend__in=viewer.friends) | Q(friend=viewer.id, host__in=viewer.friends)
        return self.filter(pair, is_shown=True)


class CoPractice(models.Model):
    """Two friends on the same five questions, each with a view of the other's progress."""

    shared = Hides(("host", "friend"), {"is_shown": True}, {"is_shown": False})

    LIFE: ClassVar[timedelta] = timedelta(hours=2)

    host = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    friend = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    deck = models.OneToOneField(Deck, on_delete=models.PROTECT, related_name="co_practice")
    is_shown = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    objects = CoPracticeQuerySet.as_manager()

    class Meta:
        verbose_name = "co-practice"
        constraints = [models.CheckConstraint(condition=~Q(host=F("friend")), name="co_practice_with_somebody_else")]
        indexes = [models.Index("host", "friend", "created_at", name="co_practice_pair")]

    def __str__(self) -> str:
        return f"{self.host} and {self.friend}"
