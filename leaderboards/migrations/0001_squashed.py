import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [("leaderboards", "0001_initial")]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("learning", "0001_squashed"),
    ]

    operations = [
        migrations.CreateModel(
            name="CountedResult",
            fields=[
                (
                    "attempt",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="counted",
                        serialize=False,
                        to="learning.attempt",
                    ),
                ),
                ("counted_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="League",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("week", models.CharField(max_length=8)),
                (
                    "band",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "No grade"),
                            ("1-5", "Grades 1-5"),
                            ("6-8", "Grades 6-8"),
                            ("9-12", "Grades 9-12"),
                        ],
                        default="",
                        max_length=4,
                    ),
                ),
                (
                    "tier",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Bronze"), (2, "Silver"), (3, "Gold"), (4, "Sapphire"), (5, "Diamond")]
                    ),
                ),
                (
                    "number",
                    models.PositiveIntegerField(help_text="Number of the league within its week, band and tier."),
                ),
                ("seats_taken", models.PositiveSmallIntegerField(default=0)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(models.F("week"), condition=models.Q(("closed_at", None)), name="league_open")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("week"), models.F("band"), models.F("tier"), models.F("number"), name="league_once"
                    ),
                    models.CheckConstraint(condition=models.Q(("seats_taken__lte", 30)), name="league_of_thirty"),
                    models.CheckConstraint(condition=models.Q(("tier__range", (1, 5))), name="league_of_a_tier"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LeagueSeat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "league",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="seats", to="leaderboards.league"
                    ),
                ),
                ("week", models.CharField(max_length=8)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="league_seats",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("is_shown", models.BooleanField(default=True)),
                ("xp", models.PositiveIntegerField(default=0)),
                ("correct", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                (
                    "accuracy",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(
                                then=django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.Value(10000), "*", models.F("correct")
                                    ),
                                    "/",
                                    models.F("total"),
                                ),
                                total__gt=0,
                            ),
                            default=models.Value(0),
                        ),
                        output_field=models.IntegerField(),
                    ),
                ),
                ("streak_days", models.PositiveIntegerField(default=0)),
                ("reached_at", models.DateTimeField()),
                ("final_rank", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "next_tier",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        choices=[(1, "Bronze"), (2, "Silver"), (3, "Gold"), (4, "Sapphire"), (5, "Diamond")],
                        null=True,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("league"), models.OrderBy(models.F("xp"), descending=True), name="league_seat_order"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(models.F("user"), models.F("week"), name="league_seat_once_a_week"),
                    models.CheckConstraint(
                        condition=models.Q(("correct__lte", models.F("total"))), name="league_seat_correct_to_total"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RankCheckpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="learning.subject"
                    ),
                ),
                ("period", models.CharField(max_length=8)),
                (
                    "metric",
                    models.CharField(
                        choices=[("xp", "xp"), ("average", "average"), ("improvement", "improvement")], max_length=12
                    ),
                ),
                (
                    "band",
                    models.CharField(blank=True, default="", help_text="Empty for all bands together.", max_length=4),
                ),
                ("key", models.BinaryField(max_length=24)),
                ("ahead", models.PositiveIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("subject"),
                        models.F("period"),
                        models.F("metric"),
                        models.F("band"),
                        models.F("key"),
                        name="rank_mark_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RankDelta",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="learning.subject"
                    ),
                ),
                ("period", models.CharField(max_length=8)),
                (
                    "metric",
                    models.CharField(
                        choices=[("xp", "xp"), ("average", "average"), ("improvement", "improvement")], max_length=12
                    ),
                ),
                ("band", models.CharField(blank=True, default="", max_length=4)),
                ("old_key", models.BinaryField(max_length=24, null=True)),
                ("new_key", models.BinaryField(max_length=24, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(models.F("subject"), models.F("period"), models.F("metric"), name="rank_move_board")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("new_key", None), ("old_key", None), _negated=True),
                        name="rank_move_moves_something",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Standing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="standings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="standings", to="learning.subject"
                    ),
                ),
                ("period", models.CharField(help_text="`all`, or an ISO week as 2026-W10.", max_length=8)),
                ("band", models.CharField(blank=True, default="", max_length=4)),
                (
                    "joined_at",
                    models.DateTimeField(help_text="When the account was created, for the boards of newcomers."),
                ),
                ("is_shown", models.BooleanField(default=True)),
                ("results", models.PositiveIntegerField(default=0)),
                ("points", models.PositiveIntegerField(default=0, help_text="Sum of the scores.")),
                ("xp", models.PositiveIntegerField(default=0)),
                ("correct", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                (
                    "streak_days",
                    models.PositiveIntegerField(default=0, help_text="The longest streak when a result was counted."),
                ),
                ("first_scores", models.JSONField(default=list)),
                ("last_scores", models.JSONField(default=list)),
                ("reached_at", models.DateTimeField()),
                ("xp_key", models.BinaryField(max_length=24, null=True)),
                ("average_key", models.BinaryField(max_length=24, null=True)),
                ("improvement_key", models.BinaryField(max_length=24, null=True)),
                ("audited_at", models.DateTimeField(help_text="1970: never yet.")),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("subject"),
                        models.F("period"),
                        models.F("xp_key"),
                        condition=models.Q(("xp_key__isnull", False)),
                        name="standing_xp",
                    ),
                    models.Index(
                        models.F("subject"),
                        models.F("period"),
                        models.F("average_key"),
                        condition=models.Q(("average_key__isnull", False)),
                        name="standing_average",
                    ),
                    models.Index(
                        models.F("subject"),
                        models.F("period"),
                        models.F("improvement_key"),
                        condition=models.Q(("improvement_key__isnull", False)),
                        name="standing_improvement",
                    ),
                    models.Index(
                        models.F("subject"),
                        models.F("period"),
                        models.F("band"),
                        models.F("xp_key"),
                        condition=models.Q(("xp_key__isnull", False)),
                        name="standing_band_xp",
                    ),
                    models.Index(
                        models.F("subject"),
                        models.F("period"),
                        models.F("band"),
                        models.F("average_key"),
                        condition=models.Q(("average_key__isnull", False)),
                        name="standing_band_average",
                    ),
                    models.Index(
                        models.F("subject"),
                        models.F("period"),
                        models.F("band"),
                        models.F("improvement_key"),
                        condition=models.Q(("improvement_key__isnull", False)),
                        name="standing_band_improvement",
                    ),
                    models.Index(
                        models.F("subject"), models.F("period"), models.F("joined_at"), name="standing_newcomers"
                    ),
                    models.Index(models.F("audited_at"), name="standing_audited"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("user"), models.F("subject"), models.F("period"), name="standing_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("correct__lte", models.F("total"))), name="standing_correct_to_total"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "points__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.Value(100), "*", models.F("results")
                                ),
                            )
                        ),
                        name="standing_points_to_100",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_shown", True),
                            models.Q(("average_key", None), ("improvement_key", None), ("xp_key", None)),
                            _connector="OR",
                        ),
                        name="standing_hidden_is_not_ranked",
                    ),
                ],
            },
        ),
    ]
