"""The definition an admin edits. Starting a phase freezes a copy; while no phase is open every field may change."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from experiments import rules

SHARE = [MinValueValidator(0), MaxValueValidator(rules.TOTAL_BP)]


class Namespace(models.Model):
    """A group of experiments that never share a person: each takes a slice, and slices do not overlap."""

    class HashVersion(models.IntegerChoices):
        SDK_NAMESPACE = 1, "1: an SDK's namespace setting, 1,000 buckets"
        SDK_FILTER = 2, "2: an SDK's filter with the seed __name, 10,000 buckets"

    name = models.SlugField(max_length=40, unique=True, help_text="Also the seed: renaming it moves everyone.")
    hash_version = models.PositiveSmallIntegerField(
        choices=HashVersion,
        default=HashVersion.SDK_NAMESPACE,
        help_text="How people are hashed into slices. A GrowthBook SDK set up in this way takes the same people.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(hash_version__in=rules.NAMESPACE_VERSIONS), name="namespace_hash_version_known"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ObjectOf(models.Aggregate):
    """A JSON object with one key and value per row; the function's name differs between PostgreSQL and SQLite."""

    function = "JSONB_OBJECT_AGG"
    arity = 2
    output_field = models.JSONField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return super().as_sql(compiler, connection, function="JSON_GROUP_OBJECT", **extra)


class HoldoutQuerySet(models.QuerySet["Holdout"]):
    def shares(self) -> models.QuerySet[Any, Any]:
        """For a subquery: {name: share in basis points} of the active holdouts; no row without one."""
        on = self.filter(is_on=True).order_by().values("is_on")
        return on.annotate(shares=ObjectOf("name", "share_bp")).values("shares")

    def active_shares(self) -> dict[str, int]:
        """{name: share in basis points} of the active holdouts; 1 query."""
        return dict(self.filter(is_on=True).values_list("name", "share_bp"))


class Holdout(models.Model):
    """A share of people kept out of every experiment, to measure the effect of all experiments together."""

    name = models.SlugField(
        max_length=40, unique=True, help_text="Also the seed: renaming a holdout selects other people."
    )
    share_bp = models.PositiveIntegerField("share in basis points", validators=SHARE)
    is_on = models.BooleanField(default=True)

    objects = HoldoutQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(share_bp__lte=rules.TOTAL_BP), name="holdout_share_to_1")]

    def __str__(self) -> str:
        return f"{self.name}: {self.share_bp / 100:g}%"


class Experiment(models.Model):
    """A test of two or more arms, as its author defines it."""

    class Unit(models.TextChoices):
        PERSON = "person", "Person"
        TREE = "tree", "Referral tree (first referrer and all referees)"

    key = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=80)
    hypothesis = models.TextField(
        blank=True, default="", help_text="What changes, for whom, and the effect you expect."
    )
    unit = models.CharField(
        max_length=6,
        choices=Unit,
        default=Unit.PERSON,
        help_text="Use the referral tree for invites and rewards, because friends see each other's variant.",
    )
    coverage_bp = models.PositiveIntegerField(
        "coverage in basis points", default=rules.TOTAL_BP, validators=SHARE, help_text="10000 includes everyone."
    )
    roles = models.JSONField(
        default=list, blank=True, help_text='Leave empty for all roles, or list them: ["student", "guest"].'
    )
    grades = models.JSONField(
        default=list, blank=True, help_text="Leave empty for all grades, or list them: [6, 7, 8]."
    )
    cohorts = models.JSONField(
        default=list, blank=True, help_text="Leave empty for all cohorts, or list their ids: [3, 12]."
    )
    locales = models.JSONField(
        default=list, blank=True, help_text='Leave empty for all languages, or list them: ["en", "es"].'
    )
    namespace = models.ForeignKey(
        Namespace, on_delete=models.PROTECT, null=True, blank=True, related_name="experiments"
    )
    namespace_from_bp = models.PositiveIntegerField(default=0, validators=SHARE)
    namespace_until_bp = models.PositiveIntegerField(default=rules.TOTAL_BP, validators=SHARE)
    window_h = models.PositiveIntegerField(
        "conversion window in hours", default=72, validators=[MinValueValidator(1), MaxValueValidator(24 * 90)]
    )
    planned_units = models.PositiveIntegerField(
        "planned units per arm",
        default=1_000,
        validators=[MinValueValidator(50)],
        help_text="From the power calculator. The confidence sequence is tuned to this size.",
    )
    is_sequential = models.BooleanField(
        "sequential: decide as soon as the result is clear",
        default=True,
        help_text="If off, the verdict waits for the planned size and uses the fixed-size interval.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(coverage_bp__lte=rules.TOTAL_BP), name="experiment_coverage_to_1"),
            models.CheckConstraint(
                condition=Q(namespace_from_bp__lt=F("namespace_until_bp"), namespace_until_bp__lte=rules.TOTAL_BP),
                name="experiment_slice_in_order",
            ),
            models.CheckConstraint(condition=Q(window_h__gte=1), name="experiment_window_from_1_h"),
        ]

    def __str__(self) -> str:
        return self.title

    def targeting_lists(self) -> dict[str, Any]:
        return {"roles": self.roles, "grades": self.grades, "cohorts": self.cohorts, "locales": self.locales}

    def clean(self) -> None:
        for field, values in self.targeting_lists().items():
            item, kind = (int, "numbers") if field in {"grades", "cohorts"} else (str, "words")
            if not isinstance(values, list) or not all(isinstance(value, item) for value in values):
                raise ValidationError({field: f"Enter a list of {kind}, or [] for all."})


class Arm(models.Model):
    """One variant of an experiment, with its share of the split and its parameters."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="arms")
    key = models.SlugField(max_length=40)
    title = models.CharField(max_length=80)
    weight_bp = models.PositiveIntegerField("weight in basis points", validators=SHARE)
    is_control = models.BooleanField(default=False)
    params = models.JSONField(
        default=dict, blank=True, help_text="Values the loop reads: copy, a reward amount, a threshold."
    )

    class Meta:
        ordering = ["pk"]  # ranges follow the order in which arms were added
        constraints = [
            models.UniqueConstraint("experiment", "key", name="arm_key_once"),
            models.UniqueConstraint("experiment", condition=Q(is_control=True), name="arm_one_control"),
            models.CheckConstraint(condition=Q(weight_bp__lte=rules.TOTAL_BP), name="arm_weight_to_1"),
        ]

    def __str__(self) -> str:
        return self.title


class Metric(models.Model):
    """A measure of an experiment: events of one type, or a number these events carry."""

    class Role(models.TextChoices):
        PRIMARY = "primary", "Primary: decides the verdict"
        GOAL = "goal", "Goal: reported beside it"
        GUARDRAIL = "guardrail", "Guardrail: pauses the experiment"

    class Kind(models.TextChoices):
        BINARY = "binary", "Share of units that converted"
        MEAN = "mean", "Mean per unit"
        RATIO = "ratio", "Mean per event"

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="metrics")
    role = models.CharField(max_length=9, choices=Role)
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.BINARY)
    title = models.CharField(max_length=80)
    event = models.CharField("event type", max_length=40)
    value_of = models.CharField(
        max_length=40,
        blank=True,
        default="",
        help_text="A number the event carries, for example score. Leave empty to count events.",
    )
    is_more_better = models.BooleanField("more is better", default=True)
    limit = models.FloatField(
        null=True,
        blank=True,
        help_text="Guardrail only: the worst acceptable change as a share of the control. 0.1 is 10%.",
    )
    pre_days = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(90)],
        help_text="Means only: days before exposure used to reduce variance (CUPED). 0 turns it off.",
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint("experiment", "event", "value_of", "kind", name="metric_once"),
            models.UniqueConstraint("experiment", condition=Q(role="primary"), name="metric_one_primary"),
            models.CheckConstraint(condition=~Q(role="guardrail") | Q(limit__gt=0), name="metric_guardrail_has_limit"),
        ]

    def __str__(self) -> str:
        return self.title
