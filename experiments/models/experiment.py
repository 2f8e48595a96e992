"""What an admin defines. A phase freezes it at the start; until then every field may change."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from experiments import rules

SHARE = [MinValueValidator(0), MaxValueValidator(rules.WHOLE_BP)]


class Namespace(models.Model):
    """Experiments that must not meet in one person: each takes a slice, and slices do not overlap."""

    name = models.SlugField(max_length=40, unique=True)

    def __str__(self) -> str:
        return self.name


class ObjectOf(models.Aggregate):
    """A JSON object of keys and values, one pair a row; both databases know it under a name of their own."""

    function = "JSONB_OBJECT_AGG"
    arity = 2
    output_field = models.JSONField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return super().as_sql(compiler, connection, function="JSON_GROUP_OBJECT", **extra)


class HoldoutQuerySet(models.QuerySet["Holdout"]):
    def shares(self) -> models.QuerySet[Any, Any]:
        """For a subquery: {name: share in basis points} of those that are on; no row when none is."""
        on = self.filter(is_on=True).order_by().values("is_on")
        return on.annotate(shares=ObjectOf("name", "share_bp")).values("shares")


class Holdout(models.Model):
    """People kept out of every experiment, so that all of them together can be measured against nothing."""

    name = models.SlugField(max_length=40, unique=True, help_text="Also its seed: another name holds out others.")
    share_bp = models.PositiveIntegerField("share in basis points", validators=SHARE)
    is_on = models.BooleanField(default=True)

    objects = HoldoutQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(share_bp__lte=rules.WHOLE_BP), name="holdout_share_to_1")]

    def __str__(self) -> str:
        return f"{self.name}: {self.share_bp / 100:g}%"


class Experiment(models.Model):
    class Unit(models.TextChoices):
        PERSON = "person", "Person"
        TREE = "tree", "Inviter and everybody they brought"

    key = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=80)
    hypothesis = models.TextField(blank=True, default="", help_text="What changes, for whom, and what should follow.")
    unit = models.CharField(
        max_length=6,
        choices=Unit,
        default=Unit.PERSON,
        help_text="Invites and rewards are seen by friends too: choose the inviter's tree for them.",
    )
    coverage_bp = models.PositiveIntegerField(
        "coverage in basis points", default=rules.WHOLE_BP, validators=SHARE, help_text="10000 is everybody."
    )
    roles = models.JSONField(default=list, blank=True, help_text='Empty: all. Else for example ["student", "guest"].')
    grades = models.JSONField(default=list, blank=True, help_text="Empty: all. Else for example [6, 7, 8].")
    cohorts = models.JSONField(default=list, blank=True, help_text="Empty: all. Else numbers of cohorts.")
    locales = models.JSONField(default=list, blank=True, help_text='Empty: all. Else for example ["en", "es"].')
    namespace = models.ForeignKey(
        Namespace, on_delete=models.PROTECT, null=True, blank=True, related_name="experiments"
    )
    namespace_from_bp = models.PositiveIntegerField(default=0, validators=SHARE)
    namespace_until_bp = models.PositiveIntegerField(default=rules.WHOLE_BP, validators=SHARE)
    window_h = models.PositiveIntegerField(
        "conversion window in hours", default=72, validators=[MinValueValidator(1), MaxValueValidator(24 * 90)]
    )
    planned_units = models.PositiveIntegerField(
        "planned units per arm",
        default=1_000,
        validators=[MinValueValidator(50)],
        help_text="From the power calculator. A verdict waits for it, and the confidence sequence is tuned to it.",
    )
    is_sequential = models.BooleanField(
        "decide as soon as it is clear",
        default=True,
        help_text="Off: the verdict waits for the planned size and the fixed-size interval decides.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(coverage_bp__lte=rules.WHOLE_BP), name="experiment_coverage_to_1"),
            models.CheckConstraint(
                condition=Q(namespace_from_bp__lt=F("namespace_until_bp"), namespace_until_bp__lte=rules.WHOLE_BP),
                name="experiment_slice_in_order",
            ),
            models.CheckConstraint(condition=Q(window_h__gte=1), name="experiment_window_from_1_h"),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        for field in ("roles", "grades", "cohorts", "locales"):
            kind = int if field in {"grades", "cohorts"} else str
            values = getattr(self, field)
            if not isinstance(values, list) or not all(isinstance(value, kind) for value in values):
                raise ValidationError({field: f"A list of {'numbers' if kind is int else 'words'}, or [] for all."})


class Arm(models.Model):
    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="arms")
    key = models.SlugField(max_length=40)
    title = models.CharField(max_length=80)
    weight_bp = models.PositiveIntegerField("weight in basis points", validators=SHARE)
    is_control = models.BooleanField(default=False)
    params = models.JSONField(default=dict, blank=True, help_text="What the loop reads: copy, a reward, a threshold.")

    class Meta:
        ordering = ["pk"]  # ranges follow the order in which arms were added
        constraints = [
            models.UniqueConstraint("experiment", "key", name="arm_key_once"),
            models.UniqueConstraint("experiment", condition=Q(is_control=True), name="arm_one_control"),
            models.CheckConstraint(condition=Q(weight_bp__lte=rules.WHOLE_BP), name="arm_weight_to_1"),
        ]

    def __str__(self) -> str:
        return self.title


class Metric(models.Model):
    """What is counted: an event of this type, or a number it carries."""

    class Part(models.TextChoices):
        PRIMARY = "primary", "Primary: decides"
        GOAL = "goal", "Goal: told beside it"
        GUARDRAIL = "guardrail", "Guardrail: stops it"

    class Kind(models.TextChoices):
        BINARY = "binary", "Share of units that did it"
        MEAN = "mean", "Mean per unit"
        RATIO = "ratio", "Mean per event"

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="metrics")
    part = models.CharField(max_length=9, choices=Part)
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.BINARY)
    title = models.CharField(max_length=80)
    event = models.CharField("event type", max_length=40)
    value_of = models.CharField(
        max_length=40, blank=True, default="", help_text="A number the event carries, for example score; empty: 1."
    )
    is_more_better = models.BooleanField("more is better", default=True)
    limit = models.FloatField(
        null=True, blank=True, help_text="Guardrail: how much worse, as a share of the control, is too much: 0.1."
    )
    pre_days = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(90)],
        help_text="Means: days before exposure that sharpen the estimate (CUPED); 0: none.",
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint("experiment", "event", "value_of", "kind", name="metric_once"),
            models.UniqueConstraint("experiment", condition=Q(part="primary"), name="metric_one_primary"),
            models.CheckConstraint(condition=~Q(part="guardrail") | Q(limit__gt=0), name="metric_guardrail_has_limit"),
        ]

    def __str__(self) -> str:
        return self.title
