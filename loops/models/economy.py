"""Admin settings of the reward economy: reward terms, points for actions, spend limits, attribution windows."""

from dataclasses import replace
from datetime import timedelta

from django.db import models
from django.db.models import Q

from loops.rules.credit import ATTRIBUTION_WINDOW
from loops.rules.economy import POINTS_PER_ACTION, REWARDS, PointsForAction, Reward

KINDS = [(kind, reward.plural[0].upper() + reward.plural[1:]) for kind, reward in REWARDS.items()]


class RewardTermsQuerySet(models.QuerySet["RewardTerms"]):
    def of(self, kind: str) -> Reward:
        """Return a kind's terms, the defaults without a row. 1 query. Raises  KeyError for an unknown kind."""
        contract = REWARDS[kind]
        row = self.filter(kind=kind).first()
        return contract if row is None else row.applied_to(contract)

    def by_kind(self) -> dict[str, Reward]:
        """Return the terms of every kind; 1 query."""
        rows = self.in_bulk()
        return {
            kind: rows[kind].applied_to(contract) if kind in rows else contract for kind, contract in REWARDS.items()
        }


class RewardTerms(models.Model):
    """Daily cap, lifetime and unit cost of one kind of reward."""

    kind = models.CharField(max_length=20, primary_key=True, choices=KINDS)
    daily_cap = models.PositiveIntegerField(help_text="Maximum per person and day.")
    lasts_days = models.PositiveIntegerField(null=True, blank=True, help_text="Days until it expires. Empty: never.")
    cost_cents = models.PositiveIntegerField(help_text="Our cost of one unit, in cents.")

    objects = RewardTermsQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "reward terms"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=list(REWARDS)), name="reward_terms_kind_known"),
            models.CheckConstraint(condition=~Q(lasts_days=0), name="reward_terms_last_a_day"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    def applied_to(self, contract: Reward) -> Reward:
        lasts = None if self.lasts_days is None else timedelta(days=self.lasts_days)
        return replace(contract, daily_cap=self.daily_cap, lasts=lasts, cost_cents=self.cost_cents)


class ActionPointsQuerySet(models.QuerySet["ActionPoints"]):
    def of(self, action: str) -> PointsForAction:
        """Return the points of an action; 0 if it is unknown or switched off. 1 query."""
        row = self.filter(action=action).first()
        if row is not None:
            return row.terms
        unknown = PointsForAction(0, f"No points for {action.replace('_', ' ')}")
        return POINTS_PER_ACTION.get(action, unknown)

    def by_action(self) -> dict[str, PointsForAction]:
        """Return the points of every action; 1 query."""
        return dict(POINTS_PER_ACTION) | {row.action: row.terms for row in self}


class ActionPoints(models.Model):
    """Points for one action."""

    action = models.SlugField(max_length=40, primary_key=True)
    points = models.PositiveIntegerField()
    reason = models.CharField(max_length=120, help_text="Shown to the person with the points.")
    is_on = models.BooleanField(default=True)

    objects = ActionPointsQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "points per action"

    def __str__(self) -> str:
        return self.action

    @property
    def terms(self) -> PointsForAction:
        if not self.is_on:
            return PointsForAction(0, "Earns no points right now")
        return PointsForAction(self.points, self.reason)


class SpendLimit(models.Model):
    """Maximum cost of a day's grants, overall or for one loop. Without a row there is no limit."""

    scope = models.SlugField(max_length=40, primary_key=True, help_text='A loop\'s name, "shop", or "overall".')
    cents_a_day = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.scope


class DailySpend(models.Model):
    """Cost of one day's grants in one scope; a conditional update of the row enforces the limit."""

    scope = models.SlugField(max_length=40)
    on = models.DateField()
    spent_cents = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint("scope", "on", name="spend_day_once")]

    def __str__(self) -> str:
        return f"{self.spent_cents} cents for {self.scope} on {self.on}"


class AttributionWindow(models.Model):
    """Days in which a click on a loop's link may be credited with a sign-up; 30 without a row."""

    loop = models.OneToOneField(
        "loops.Loop", on_delete=models.CASCADE, primary_key=True, related_name="attribution_window"
    )
    days = models.PositiveSmallIntegerField(default=ATTRIBUTION_WINDOW.days)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(days__range=(1, 90)), name="window_of_1_to_90_days")]

    def __str__(self) -> str:
        return f"{self.loop_id}: {self.days} days"
