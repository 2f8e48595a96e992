import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("monitoring", "0001_initial"),
        ("monitoring", "0002_alert_permissions"),
        ("monitoring", "0005_set_aside_rows_and_failing_jobs"),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ExcludedEvent",
            fields=[
                ("event_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("noticed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ExcludedPerson",
            fields=[
                ("user_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("noticed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="FailingJob",
            fields=[
                ("task", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("failures", models.PositiveIntegerField(default=0, help_text="In a row.")),
                ("since", models.DateTimeField()),
                ("error", models.CharField(help_text="The kind of the newest error.", max_length=60)),
            ],
        ),
        migrations.CreateModel(
            name="GrowthReport",
            fields=[
                ("week", models.CharField(help_text="2026-W10", max_length=8, primary_key=True, serialize=False)),
                ("starts_on", models.DateField()),
                ("facts", models.JSONField()),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-starts_on"],
            },
        ),
        migrations.CreateModel(
            name="LifetimeValue",
            fields=[
                ("persona", models.CharField(max_length=8, primary_key=True, serialize=False)),
                ("organic_cents", models.PositiveIntegerField(help_text="Value of a person who came on their own.")),
                ("referred_cents", models.PositiveIntegerField(help_text="Value of a referred person.")),
                (
                    "source",
                    models.CharField(
                        help_text="Where the numbers come from; the dashboard shows this too.", max_length=120
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StreamCursor",
            fields=[
                ("stream", models.CharField(max_length=12, primary_key=True, serialize=False)),
                ("position", models.BigIntegerField(default=0)),
                ("version", models.BigIntegerField(default=0)),
                ("moved_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="AgentState",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, unique=True)),
                ("title", models.CharField(max_length=60)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ok", "Healthy"),
                            ("idle", "Healthy, idle"),
                            ("slow", "Slow"),
                            ("failing", "Failing"),
                        ],
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                ("decisions", models.PositiveIntegerField(default=0, help_text="In the last five minutes.")),
                ("degraded", models.PositiveIntegerField(default=0)),
                ("latency_avg_ms", models.FloatField(blank=True, null=True)),
                ("probe_ms", models.FloatField(blank=True, help_text="Empty when the probe failed.", null=True)),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                ("checked_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["ok", "idle", "slow", "failing"])), name="agent_state_known"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=80)),
                (
                    "severity",
                    models.CharField(choices=[("critical", "Critical"), ("warning", "Warning")], max_length=8),
                ),
                ("title", models.CharField(max_length=120)),
                ("detail", models.CharField(help_text="The last measurement, in words.", max_length=300)),
                ("value", models.FloatField(blank=True, null=True)),
                ("limit", models.FloatField(blank=True, null=True)),
                ("opened_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(help_text="The last check that found it.")),
                ("clear_ticks", models.PositiveSmallIntegerField(default=0, help_text="Clear checks in a row.")),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "notified_at",
                    models.DateTimeField(blank=True, help_text="First notification; none while silenced.", null=True),
                ),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                (
                    "acknowledged_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "permissions": [
                    ("acknowledge_alert", "Can acknowledge an alert"),
                    ("silence_alert", "Can silence an alert"),
                ],
                "indexes": [models.Index(models.F("resolved_at"), name="alert_resolved")],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("key"), condition=models.Q(("resolved_at", None)), name="alert_open_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("severity__in", ["critical", "warning"])), name="alert_severity_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("resolved_at", None), ("resolved_at__gte", models.F("opened_at")), _connector="OR"
                        ),
                        name="alert_ends_after_it_began",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GrowthActiveDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("user_id", models.BigIntegerField()),
                ("on", models.DateField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("user_id"), models.F("on"), name="growth_active_day_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="GrowthCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("measure", models.CharField(max_length=40)),
                ("on", models.DateField()),
                ("loop", models.CharField(blank=True, default="", max_length=40)),
                ("persona", models.CharField(blank=True, default="", max_length=8)),
                ("part", models.CharField(blank=True, default="", max_length=60)),
                ("amount", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("measure"),
                        models.F("on"),
                        models.F("loop"),
                        models.F("persona"),
                        models.F("part"),
                        name="growth_count_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GrowthMember",
            fields=[
                ("user_id", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "persona",
                    models.CharField(blank=True, default="", help_text="The role at the first count.", max_length=8),
                ),
                ("joined_at", models.DateTimeField(blank=True, null=True)),
                ("referrer_id", models.BigIntegerField(blank=True, null=True)),
                (
                    "loop",
                    models.CharField(
                        blank=True, default="", help_text="The loop credited with their sign-up.", max_length=40
                    ),
                ),
                ("attributed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "generation",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="0 came on their own, 1 was referred by a 0, ..."
                    ),
                ),
                ("back_1", models.BooleanField(default=False)),
                ("back_7", models.BooleanField(default=False)),
                ("back_28", models.BooleanField(default=False)),
                ("last_active_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("referrer_id"),
                        condition=models.Q(("referrer_id__isnull", False)),
                        name="growth_member_referrer",
                    ),
                    models.Index(models.F("last_active_on"), models.F("persona"), name="growth_member_active"),
                ],
            },
        ),
        migrations.CreateModel(
            name="GrowthReferee",
            fields=[
                ("person_id", models.CharField(max_length=36, primary_key=True, serialize=False)),
                ("referrer_id", models.BigIntegerField()),
                ("loop", models.CharField(blank=True, default="", max_length=40)),
                ("persona", models.CharField(blank=True, default="", help_text="The referrer's role.", max_length=8)),
                ("channel", models.CharField(blank=True, default="", max_length=12)),
                ("reached_at", models.DateTimeField()),
                (
                    "waited_s",
                    models.PositiveIntegerField(
                        blank=True, help_text="From the first click to first value.", null=True
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(models.F("referrer_id"), name="growth_referee_referrer")],
            },
        ),
        migrations.CreateModel(
            name="GrowthReferrer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("user_id", models.BigIntegerField()),
                (
                    "loop",
                    models.CharField(blank=True, default="", help_text="Empty: all loops together.", max_length=40),
                ),
                ("persona", models.CharField(blank=True, default="", max_length=8)),
                ("generation", models.PositiveSmallIntegerField(default=0)),
                ("exposed_at", models.DateTimeField()),
                ("exposed_on", models.DateField()),
                ("invites", models.PositiveIntegerField(default=0)),
                ("sign_ups", models.PositiveIntegerField(default=0)),
                (
                    "joined_after",
                    models.JSONField(default=list, help_text="Whole days from exposure to each FVM referee."),
                ),
            ],
            options={
                "indexes": [models.Index(models.F("exposed_on"), models.F("loop"), name="growth_referrer_cohort")],
                "constraints": [
                    models.UniqueConstraint(models.F("user_id"), models.F("loop"), name="growth_referrer_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="GrowthReportEmail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                (
                    "dead_lettered_at",
                    models.DateTimeField(blank=True, help_text="Dead-lettered: a person must decide.", null=True),
                ),
                ("last_error", models.TextField(blank=True, default="")),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="mails", to="monitoring.growthreport"
                    ),
                ),
                ("mailbox", models.CharField(max_length=32)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("report"), models.F("mailbox"), name="growth_report_mailed_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="GrowthReportSubscriber",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("since", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="HealthCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "epoch",
                    models.PositiveIntegerField(default=0, help_text="Goes up by one when the clock was set back."),
                ),
                ("span_s", models.PositiveIntegerField(default=30)),
                ("slot", models.DateTimeField(help_text="Start of the span.")),
                ("at", models.DateTimeField()),
                ("decisions_per_s", models.FloatField(default=0)),
                ("loops_per_s", models.FloatField(default=0)),
                ("latency_avg_ms", models.FloatField(blank=True, null=True)),
                ("latency_p95_ms", models.FloatField(blank=True, null=True)),
                ("requests", models.PositiveIntegerField(default=0, help_text="Answered in the previous slot.")),
                ("errors", models.PositiveIntegerField(default=0, help_text="Those answered with 500 or above.")),
                ("people", models.PositiveIntegerField(blank=True, null=True)),
                ("experiments", models.PositiveIntegerField(blank=True, null=True)),
                ("queue_depth", models.PositiveIntegerField(blank=True, null=True)),
                ("deliveries_waiting", models.PositiveIntegerField(default=0)),
                ("dead_letters", models.PositiveIntegerField(default=0, help_text="Dead letters.")),
                ("failing_agents", models.PositiveSmallIntegerField(default=0)),
                ("database_ms", models.FloatField(default=0)),
                ("redis_ms", models.FloatField(blank=True, null=True)),
                ("took_ms", models.FloatField(default=0)),
            ],
            options={
                "indexes": [models.Index(models.F("span_s"), models.F("slot"), name="health_check_slot")],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("epoch"), models.F("span_s"), models.F("slot"), name="health_check_once_a_slot"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("span_s__in", [30, 3600])), name="health_check_span_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("errors__lte", models.F("requests"))), name="health_check_errors_counted"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="IdGap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stream", models.CharField(max_length=12)),
                ("first_id", models.BigIntegerField()),
                ("last_id", models.BigIntegerField()),
                ("noticed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("stream"), models.F("first_id"), name="growth_gap_once"),
                    models.CheckConstraint(
                        condition=models.Q(("last_id__gte", models.F("first_id"))), name="growth_gap_in_order"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                (
                    "dead_lettered_at",
                    models.DateTimeField(blank=True, help_text="Dead-lettered: a person must decide.", null=True),
                ),
                ("last_error", models.TextField(blank=True, default="")),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notifications", to="monitoring.alert"
                    ),
                ),
                (
                    "transition",
                    models.CharField(
                        choices=[("raised", "Raised"), ("acknowledged", "Acknowledged"), ("resolved", "Resolved")],
                        max_length=12,
                    ),
                ),
                ("channel", models.CharField(max_length=12)),
                ("at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("leased_until"),
                        condition=models.Q(("dead_lettered_at", None), ("sent_at", None)),
                        name="notice_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("alert"), models.F("transition"), models.F("channel"), name="notice_once_a_turn"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sent_at", None), ("dead_lettered_at", None), _connector="OR"),
                        name="notice_sent_or_dead_lettered",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("transition__in", ["raised", "acknowledged", "resolved"])),
                        name="notice_turn_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RequestTally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(help_text="Start of the slot.", unique=True)),
                ("requests", models.PositiveIntegerField(default=0)),
                ("errors", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name_plural": "request tallies",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("errors__lte", models.F("requests"))), name="request_tally_errors_counted"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SetAsideRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stream", models.CharField(max_length=12)),
                ("row_id", models.BigIntegerField()),
                (
                    "error",
                    models.CharField(help_text="The kind of the error; the log has its traceback.", max_length=60),
                ),
                ("noticed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("stream"), models.F("row_id"), name="growth_row_set_aside_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Silence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=80, unique=True)),
                ("until", models.DateTimeField()),
                (
                    "set_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("set_at", models.DateTimeField()),
            ],
        ),
    ]
