from datetime import date, datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from loops.models.link import Link
from loops.proud_parent import rules
from viral_engine.accounts.models import Guardianship
from viral_engine.formatting import plural
from viral_engine.kernel.hiding import HiddenWith
from viral_engine.kernel.leases import LeasedQuerySet, LeasedWork
from viral_engine.learning.models import Deck


class RecapQuerySet(models.QuerySet["Recap"]):
    def readable_by(self, parent_id: int) -> Self:
        """Return the parent's recaps of children who are active and still theirs, newest first."""
        theirs = Guardianship.objects.proven().filter(parent=parent_id).values("child")
        mine = self.filter(parent_id=parent_id, child__is_active=True, child__in=theirs)
        return mine.select_related("child").order_by("-starts_on", "child__username")


class Recap(models.Model):
    """A child's week as one parent sees it; it never changes after it is made."""

    shared = HiddenWith("others read it through its link; the reel goes with it")

    parent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recaps")
    child = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recaps_about")
    year = models.PositiveSmallIntegerField(help_text="ISO year of the week.")
    week = models.PositiveSmallIntegerField()
    starts_on = models.DateField()
    rounds = models.PositiveIntegerField()
    minutes = models.PositiveIntegerField()
    xp = models.PositiveIntegerField()
    active_days = models.PositiveSmallIntegerField()
    streak_days = models.PositiveIntegerField(help_text="Streak on the Sunday of the week.")
    rounds_before = models.PositiveIntegerField()
    minutes_before = models.PositiveIntegerField()
    xp_before = models.PositiveIntegerField()
    best_skill = models.SlugField(max_length=40, blank=True, default="")
    best_name = models.CharField(max_length=60, blank=True, default="")
    best_score = models.PositiveSmallIntegerField(null=True, blank=True)
    skills = models.JSONField(default=list, help_text="[{name, before, after}]; before is empty for a new skill.")
    badges = models.JSONField(default=list, help_text="Titles of badges earned in the week.")
    made_at = models.DateTimeField()

    objects = RecapQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("child", "parent", "year", "week", name="recap_once_a_week"),
            models.CheckConstraint(condition=Q(week__range=(1, 53)), name="recap_iso_week"),
            models.CheckConstraint(condition=Q(rounds__gte=1), name="recap_of_something_done"),
        ]
        indexes = [models.Index("parent", "starts_on", name="recap_parent_week")]

    def __str__(self) -> str:
        return f"{self.year}-W{self.week:02d} of {self.child_id} for {self.parent_id}"

    @property
    def ends_on(self) -> date:
        return self.starts_on + timedelta(days=6)

    @property
    def headline(self) -> str:
        """Return the highlight of the week, without names."""
        return rules.recap_headline(
            badges=self.badges,
            streak_days=self.streak_days,
            best_name=self.best_name,
            best_score=self.best_score,
            attempts=self.rounds,
        )

    @property
    def figures(self) -> tuple[tuple[int, str, str], ...]:
        """Return (number, unit, comparison) for the recap page, the email and the landing page."""
        return (
            (self.rounds, plural(self.rounds, "practice"), rules.change(self.rounds, self.rounds_before)),
            (self.minutes, plural(self.minutes, "minute"), rules.change(self.minutes, self.minutes_before)),
            (self.xp, "XP", rules.change(self.xp, self.xp_before)),
        )


class RecapShare(models.Model):
    """A shared recap: the link, and five questions for its referees."""

    link = models.OneToOneField(Link, on_delete=models.CASCADE, related_name="recap_share")
    recap = models.ForeignKey(Recap, on_delete=models.CASCADE, related_name="shares")
    deck = models.OneToOneField(Deck, on_delete=models.PROTECT, related_name="recap_share")

    def __str__(self) -> str:
        return f"share of recap {self.recap_id}"


class RecapReelQuerySet(LeasedQuerySet["RecapReel"]):
    def waiting(self, at: datetime) -> Self:
        """Claimable, and its link still works."""
        return super().waiting(at).filter(share__link__deactivated_at=None, share__link__expires_at__gt=at)

    def empty(self) -> int:
        """Delete the films and let the rows wait as new ones; a worker that draws one now has lost its lease."""
        return self.update(webp=None, made_at=None, leased_until=None, attempts=0, dead_lettered_at=None, last_error="")


class RecapReel(LeasedWork):
    """The film of a shared week, drawn by a worker; it is emptied when the consent it needs is withdrawn."""

    COMPLETED = "made_at"
    LEASE = timedelta(seconds=120)
    MAX_ATTEMPTS = 3
    RETRY_AFTER = timedelta(seconds=120)
    MAX_BYTES: ClassVar[int] = 4_000_000  # of each format

    share = models.OneToOneField(RecapShare, on_delete=models.CASCADE, primary_key=True, related_name="reel")
    webp = models.BinaryField(null=True)
    mp4 = models.BinaryField(null=True, help_text="Missing where the worker has no ffmpeg.")
    made_at = models.DateTimeField(null=True, blank=True)

    objects = RecapReelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("webp"), 4_000_000),  # NULL passes: the reel is not made yet
                name="reel_small_enough",
            ),
            models.CheckConstraint(condition=LessThanOrEqual(Length("mp4"), 4_000_000), name="reel_video_small_enough"),
            models.CheckConstraint(
                condition=Q(made_at=None, webp=None) | Q(made_at__isnull=False, webp__isnull=False),
                name="reel_made_with_its_bytes",
            ),
        ]
        indexes = [models.Index("share", name="reel_to_make", condition=Q(made_at=None))]

    def __str__(self) -> str:
        return f"reel of share {self.share_id}"

    @property
    def is_given_up(self) -> bool:
        return self.dead_lettered_at is not None
