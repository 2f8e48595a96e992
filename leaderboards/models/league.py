from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery

from leaderboards import rules
from viral_engine.kernel.hiding import HiddenWith

TIERS = list(enumerate(rules.TIERS, start=1))
BANDS = [("", "No grade"), *((band, f"Grades {band}") for band in rules.BANDS)]


class LeagueQuerySet(models.QuerySet["League"]):
    def with_room(self, *, week: str, band: str, tier: int) -> Self:
        free = self.filter(week=week, band=band, tier=tier, closed_at=None, seats_taken__lt=rules.LEAGUE_SIZE)
        return free.order_by("number")


class League(models.Model):
    """At most 30 learners of one grade band and tier, for one ISO week."""

    week = models.CharField(max_length=8)
    band = models.CharField(max_length=4, blank=True, default="", choices=BANDS)
    tier = models.PositiveSmallIntegerField(choices=TIERS)
    number = models.PositiveIntegerField(help_text="Number of the league within its week, band and tier.")
    # Claimed by a conditional update, so that two learners at once never get the same last seat.
    seats_taken = models.PositiveSmallIntegerField(default=0)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = LeagueQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("week", "band", "tier", "number", name="league_once"),
            models.CheckConstraint(condition=Q(seats_taken__lte=rules.LEAGUE_SIZE), name="league_of_thirty"),
            models.CheckConstraint(condition=Q(tier__range=(1, len(rules.TIERS))), name="league_of_a_tier"),
        ]
        indexes = [models.Index("week", name="league_open", condition=Q(closed_at=None))]

    def __str__(self) -> str:
        return f"{self.get_tier_display()} league {self.number} of {self.week}"


class LeagueSeatQuerySet(models.QuerySet["LeagueSeat"]):
    def shown(self) -> Self:
        return self.filter(is_shown=True)

    def in_order(self) -> Self:
        """Best first: XP, accuracy, streak, then who got there first."""
        return self.order_by("-xp", "-accuracy", "-streak_days", "reached_at", "user_id")

    def in_another_tier(self, *, closed_since: datetime) -> Self:
        """Seats of open leagues whose learner moved up or down when an earlier league closed after this instant."""
        before = self.filter(
            user=OuterRef("user"), week__lt=OuterRef("week"), league__closed_at__gte=closed_since
        ).order_by("-week")
        open_seats = self.filter(league__closed_at=None).annotate(tier=Subquery(before.values("next_tier")[:1]))
        return open_seats.exclude(tier=None).exclude(tier=F("league__tier")).select_related("league", "user")


class LeagueSeat(models.Model):
    """One learner's week in a league; the outcome is saved once, when the league closes."""

    shared = HiddenWith("standings.refresh_person and refresh_child")

    is_named = True  # for one reader; a query sets it

    league = models.ForeignKey(League, on_delete=models.CASCADE, related_name="seats")
    week = models.CharField(max_length=8)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="league_seats")
    is_shown = models.BooleanField(default=True)
    xp = models.PositiveIntegerField(default=0)
    correct = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    accuracy = models.GeneratedField(
        expression=models.Case(
            models.When(total__gt=0, then=10_000 * F("correct") / F("total")), default=models.Value(0)
        ),
        output_field=models.IntegerField(),
        db_persist=True,
    )
    streak_days = models.PositiveIntegerField(default=0)
    reached_at = models.DateTimeField()
    final_rank = models.PositiveSmallIntegerField(null=True, blank=True)
    next_tier = models.PositiveSmallIntegerField(null=True, blank=True, choices=TIERS)

    objects = LeagueSeatQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("user", "week", name="league_seat_once_a_week"),
            models.CheckConstraint(condition=Q(correct__lte=F("total")), name="league_seat_correct_to_total"),
        ]
        indexes = [models.Index("league", F("xp").desc(), name="league_seat_order")]

    def __str__(self) -> str:
        return f"{self.user_id} in league {self.league_id}"
