import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("experiments", "0001_initial"),
        ("experiments", "0002_readings_people_and_holdouts"),
        ("experiments", "0003_fill_people_and_holdouts"),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CorrectedEvent",
            fields=[
                ("event_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("noticed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Holdout",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.SlugField(
                        help_text="Also the seed: renaming a holdout selects other people.", max_length=40, unique=True
                    ),
                ),
                (
                    "share_bp",
                    models.PositiveIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(10000),
                        ],
                        verbose_name="share in basis points",
                    ),
                ),
                ("is_on", models.BooleanField(default=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("share_bp__lte", 10000)), name="holdout_share_to_1")
                ],
            },
        ),
        migrations.CreateModel(
            name="Namespace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.SlugField(
                        help_text="Also the seed: renaming it moves everyone.", max_length=40, unique=True
                    ),
                ),
                (
                    "hash_version",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "1: an SDK's namespace setting, 1,000 buckets"),
                            (2, "2: an SDK's filter with the seed __name, 10,000 buckets"),
                        ],
                        default=1,
                        help_text="How people are hashed into slices. A GrowthBook SDK set up in this way takes the same people.",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("hash_version__in", (1, 2))), name="namespace_hash_version_known"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Experiment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=40, unique=True)),
                ("title", models.CharField(max_length=80)),
                (
                    "hypothesis",
                    models.TextField(
                        blank=True, default="", help_text="What changes, for whom, and the effect you expect."
                    ),
                ),
                (
                    "unit",
                    models.CharField(
                        choices=[("person", "Person"), ("tree", "Referral tree (first referrer and all referees)")],
                        default="person",
                        help_text="Use the referral tree for invites and rewards, because friends see each other's variant.",
                        max_length=6,
                    ),
                ),
                (
                    "coverage_bp",
                    models.PositiveIntegerField(
                        default=10000,
                        help_text="10000 includes everyone.",
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(10000),
                        ],
                        verbose_name="coverage in basis points",
                    ),
                ),
                (
                    "roles",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text='Leave empty for all roles, or list them: ["student", "guest"].',
                    ),
                ),
                (
                    "grades",
                    models.JSONField(
                        blank=True, default=list, help_text="Leave empty for all grades, or list them: [6, 7, 8]."
                    ),
                ),
                (
                    "cohorts",
                    models.JSONField(
                        blank=True, default=list, help_text="Leave empty for all cohorts, or list their ids: [3, 12]."
                    ),
                ),
                (
                    "locales",
                    models.JSONField(
                        blank=True, default=list, help_text='Leave empty for all languages, or list them: ["en", "es"].'
                    ),
                ),
                (
                    "namespace",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="experiments",
                        to="experiments.namespace",
                    ),
                ),
                (
                    "namespace_from_bp",
                    models.PositiveIntegerField(
                        default=0,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(10000),
                        ],
                    ),
                ),
                (
                    "namespace_until_bp",
                    models.PositiveIntegerField(
                        default=10000,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(10000),
                        ],
                    ),
                ),
                (
                    "window_h",
                    models.PositiveIntegerField(
                        default=72,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(2160),
                        ],
                        verbose_name="conversion window in hours",
                    ),
                ),
                (
                    "planned_units",
                    models.PositiveIntegerField(
                        default=1000,
                        help_text="From the power calculator. The confidence sequence is tuned to this size.",
                        validators=[django.core.validators.MinValueValidator(50)],
                        verbose_name="planned units per arm",
                    ),
                ),
                (
                    "is_sequential",
                    models.BooleanField(
                        default=True,
                        help_text="If off, the verdict waits for the planned size and uses the fixed-size interval.",
                        verbose_name="sequential: decide as soon as the result is clear",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("coverage_bp__lte", 10000)), name="experiment_coverage_to_1"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("namespace_from_bp__lt", models.F("namespace_until_bp")),
                            ("namespace_until_bp__lte", 10000),
                        ),
                        name="experiment_slice_in_order",
                    ),
                    models.CheckConstraint(condition=models.Q(("window_h__gte", 1)), name="experiment_window_from_1_h"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Metric",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "experiment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="metrics", to="experiments.experiment"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("primary", "Primary: decides the verdict"),
                            ("goal", "Goal: reported beside it"),
                            ("guardrail", "Guardrail: pauses the experiment"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("binary", "Share of units that converted"),
                            ("mean", "Mean per unit"),
                            ("ratio", "Mean per event"),
                        ],
                        default="binary",
                        max_length=6,
                    ),
                ),
                ("title", models.CharField(max_length=80)),
                ("event", models.CharField(max_length=40, verbose_name="event type")),
                (
                    "value_of",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="A number the event carries, for example score. Leave empty to count events.",
                        max_length=40,
                    ),
                ),
                ("is_more_better", models.BooleanField(default=True, verbose_name="more is better")),
                (
                    "limit",
                    models.FloatField(
                        blank=True,
                        help_text="Guardrail only: the worst acceptable change as a share of the control. 0.1 is 10%.",
                        null=True,
                    ),
                ),
                (
                    "pre_days",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Means only: days before exposure used to reduce variance (CUPED). 0 turns it off.",
                        validators=[django.core.validators.MaxValueValidator(90)],
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("experiment"),
                        models.F("event"),
                        models.F("value_of"),
                        models.F("kind"),
                        name="metric_once",
                    ),
                    models.UniqueConstraint(
                        models.F("experiment"), condition=models.Q(("role", "primary")), name="metric_one_primary"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("role", "guardrail"), _negated=True), ("limit__gt", 0), _connector="OR"
                        ),
                        name="metric_guardrail_has_limit",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Phase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "experiment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="phases", to="experiments.experiment"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "seed",
                    models.CharField(help_text="Random, so that renaming the experiment moves no one.", max_length=16),
                ),
                ("plan", models.JSONField(help_text="Arms, metrics, audience and namespace slice at the start.")),
                ("coverage_bp", models.PositiveIntegerField()),
                ("started_at", models.DateTimeField()),
                ("paused_at", models.DateTimeField(blank=True, null=True)),
                ("pauses", models.JSONField(default=list, help_text="[from, until] of each finished pause.")),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "holdouts",
                    models.JSONField(
                        default=dict, help_text="{name: share in basis points} as last applied to its units."
                    ),
                ),
                (
                    "reading",
                    models.JSONField(
                        blank=True,
                        help_text="The numbers of a fixed-size test, frozen when its verdict was made.",
                        null=True,
                    ),
                ),
                (
                    "winner",
                    models.SlugField(
                        blank=True, default="", help_text="The arm everyone gets after the phase ended.", max_length=40
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("experiment"), models.F("number"), name="phase_number_once"),
                    models.UniqueConstraint(
                        models.F("experiment"), condition=models.Q(("ended_at", None)), name="phase_one_open"
                    ),
                    models.UniqueConstraint(
                        models.F("experiment"),
                        condition=models.Q(("winner", ""), _negated=True),
                        name="phase_one_winner",
                    ),
                    models.CheckConstraint(condition=models.Q(("coverage_bp__lte", 10000)), name="phase_coverage_to_1"),
                    models.CheckConstraint(
                        condition=models.Q(("winner", ""), ("ended_at__isnull", False), _connector="OR"),
                        name="phase_winner_after_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at", None), ("ended_at__gte", models.F("started_at")), _connector="OR"
                        ),
                        name="phase_ended_after_started",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Exposure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "phase",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="exposures", to="experiments.phase"
                    ),
                ),
                (
                    "unit",
                    models.CharField(
                        help_text="Person id; for referral trees, the id of the first referrer.", max_length=36
                    ),
                ),
                ("arm", models.SlugField(max_length=40)),
                ("at", models.DateTimeField()),
                ("on", models.DateField(help_text="UTC day; results are grouped by day.")),
                ("is_crossed", models.BooleanField(default=False, help_text="The same person also saw another arm.")),
                (
                    "held_out_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When a holdout took the unit out; nothing counts from then on.",
                        null=True,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("phase"),
                        models.F("arm"),
                        models.F("on"),
                        models.F("at"),
                        models.F("is_crossed"),
                        models.F("held_out_at"),
                        name="exposure_by_day_and_time",
                    )
                ],
                "constraints": [models.UniqueConstraint(models.F("phase"), models.F("unit"), name="exposure_once")],
            },
        ),
        migrations.CreateModel(
            name="PersonExposure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "exposure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="people", to="experiments.exposure"
                    ),
                ),
                ("person", models.CharField(help_text="Person id, the same before and after sign-up.", max_length=36)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(models.F("person"), name="person_exposure_person")],
                "constraints": [
                    models.UniqueConstraint(models.F("exposure"), models.F("person"), name="person_exposure_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Outcome",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "exposure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="outcomes", to="experiments.exposure"
                    ),
                ),
                (
                    "metric",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="outcomes", to="experiments.metric"
                    ),
                ),
                (
                    "phase",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="experiments.phase"
                    ),
                ),
                ("arm", models.SlugField(max_length=40)),
                ("count", models.PositiveIntegerField(default=0, help_text="Number of events.")),
                ("total", models.FloatField(default=0, help_text="Sum of the values the events carry.")),
                (
                    "week",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="Whole weeks from the start to the latest event."
                    ),
                ),
                (
                    "count_before_week",
                    models.PositiveIntegerField(default=0, help_text="Number of events before that week."),
                ),
                ("total_before_week", models.FloatField(default=0, help_text="Sum of the values before that week.")),
                (
                    "before",
                    models.FloatField(default=0, help_text="The same sum over the days before exposure (CUPED)."),
                ),
                (
                    "first_on",
                    models.DateField(
                        blank=True, help_text="UTC day of the first event; empty if only `before` is known.", null=True
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("phase"),
                        models.F("metric"),
                        models.F("arm"),
                        models.F("first_on"),
                        name="outcome_by_day",
                    ),
                    models.Index(models.F("phase"), models.F("metric"), models.F("total"), name="outcome_by_total"),
                ],
                "constraints": [models.UniqueConstraint(models.F("exposure"), models.F("metric"), name="outcome_once")],
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "experiment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="experiments.experiment"
                    ),
                ),
                (
                    "phase",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="experiments.phase",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("edited", "Edited"),
                            ("started", "Started"),
                            ("paused", "Paused"),
                            ("resumed", "Resumed"),
                            ("widened", "Coverage raised"),
                            ("stopped", "Stopped"),
                            ("guardrail", "Paused by a guardrail"),
                            ("proposed", "Winner proposed"),
                            ("judged", "Verdict made"),
                            ("holdout", "Holdout changed"),
                            ("corrected", "Events corrected"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty for a change made by the site.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("note", models.TextField(blank=True, default="")),
                ("facts", models.JSONField(default=dict, help_text="For an edit: {field: [before, after]}")),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("phase"), condition=models.Q(("kind", "proposed")), name="change_proposed_once_a_phase"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "phase",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="assignments", to="experiments.phase"
                    ),
                ),
                (
                    "unit",
                    models.CharField(
                        help_text="Person id; for referral trees, the id of the first referrer.", max_length=36
                    ),
                ),
                ("arm", models.SlugField(max_length=40)),
                ("assigned_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(models.F("phase"), models.F("unit"), name="assignment_once")],
            },
        ),
        migrations.CreateModel(
            name="Arm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "experiment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="arms", to="experiments.experiment"
                    ),
                ),
                ("key", models.SlugField(max_length=40)),
                ("title", models.CharField(max_length=80)),
                (
                    "weight_bp",
                    models.PositiveIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(10000),
                        ],
                        verbose_name="weight in basis points",
                    ),
                ),
                ("is_control", models.BooleanField(default=False)),
                (
                    "params",
                    models.JSONField(
                        blank=True, default=dict, help_text="Values the loop reads: copy, a reward amount, a threshold."
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(models.F("experiment"), models.F("key"), name="arm_key_once"),
                    models.UniqueConstraint(
                        models.F("experiment"), condition=models.Q(("is_control", True)), name="arm_one_control"
                    ),
                    models.CheckConstraint(condition=models.Q(("weight_bp__lte", 10000)), name="arm_weight_to_1"),
                ],
            },
        ),
    ]
