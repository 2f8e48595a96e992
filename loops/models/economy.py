"""What admins set: the terms of each reward, what actions earn, how much may be spent."""

from dataclasses import replace
from datetime import timedelta

from django.db import models
from django.db.models import Q

from loops import rules

KINDS = [(kind, reward.plural[0].upper() + reward.plural[1:]) for kind, reward in rules.REWARDS.items()]


class RewardTermsQuerySet(models.QuerySet["RewardTerms"]):
    def of(self, kind: str) -> rules.Reward:
        """A kind's terms; the contract's where no row says otherwise. 1 query. Raises  KeyError for an unknown kind."""
        contract = rules.REWARDS[kind]
        row = self.filter(kind=kind).first()
        return contract if row is None else row.applied_to(contract)

    def by_kind(self) -> dict[str, rules.Reward]:
        """The terms of every kind; 1 query."""
        rows = self.in_bulk()
        return {
            kind: rows[kind].applied_to(contract) if kind in rows else contract
            for kind, contract in rules.REWARDS.items()
        }


class RewardTerms(models.Model):
    """How much of one kind a person may be granted a day, how long it lasts, and what one costs us."""

    kind = models.CharField(max_length=20, primary_key=True, choices=KINDS)
    daily_cap = models.PositiveIntegerField(help_text="The most that one person is granted in a day.")
    lasts_days = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: it never runs out.")
    cost_cents = models.PositiveIntegerField(help_text="What one of it costs us.")

    objects = RewardTermsQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "reward terms"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=list(rules.REWARDS)), name="reward_terms_kind_known"),
            models.CheckConstraint(condition=~Q(lasts_days=0), name="reward_terms_last_a_day"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    def applied_to(self, contract: rules.Reward) -> rules.Reward:
        lasts = None if self.lasts_days is None else timedelta(days=self.lasts_days)
        return replace(contract, daily_cap=self.daily_cap, lasts=lasts, cost_cents=self.cost_cents)


class ActionWorthQuerySet(models.QuerySet["ActionWorth"]):
    def of(self, action: str) -> rules.Worth:
        """What the action earns; nothing where it is unknown or switched off. 1 query."""
        contract = rules.WORTH.get(action, rules.Worth(0, f"Nothing is paid for {action.replace('_', ' ')}"))
        row = self.filter(action=action).first()
        if row is None:
            return contract
        return rules.Worth(row.points, row.reason) if row.is_on else rules.Worth(0, "Not paid at the moment")


class ActionWorth(models.Model):
    """The points that one action earns."""

    action = models.SlugField(max_length=40, primary_key=True)
    points = models.PositiveIntegerField()
    reason = models.CharField(max_length=120, help_text="What the person reads beside the points.")
    is_on = models.BooleanField(default=True)

    objects = ActionWorthQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "worth of actions"

    def __str__(self) -> str:
        return self.action


class SpendLimit(models.Model):
    """The most that grants may cost in a day, for everything together or for one loop. No row, no limit."""

    scope = models.SlugField(max_length=40, primary_key=True, help_text='A loop, "shop", or "overall" for all.')
    cents_a_day = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.scope


class SpendDay(models.Model):
    """What grants cost on one day in one scope; a conditional update on it holds the limit."""

    scope = models.SlugField(max_length=40)
    on = models.DateField()
    spent_cents = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint("scope", "on", name="spend_day_once")]

    def __str__(self) -> str:
        return f"{self.spent_cents} cents for {self.scope} on {self.on}"


class AttributionWindow(models.Model):
    """How long a click on one loop's link may be credited with a sign-up. No row, 30 days."""

    loop = models.OneToOneField(
        "loops.Loop", on_delete=models.CASCADE, primary_key=True, related_name="attribution_window"
    )
    days = models.PositiveSmallIntegerField(default=rules.ATTRIBUTION_WINDOW.days)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(days__range=(1, 90)), name="window_of_1_to_90_days")]

    def __str__(self) -> str:
        return f"{self.loop_id}: {self.days} days"
