import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("feeds", "0001_initial"),
        ("feeds", "0002_badges_in_the_stream"),
        ("feeds", "0003_remove_badges_on_the_way_back"),
        ("feeds", "0004_shown_with_the_person"),
        ("feeds", "0005_reports_move_to_safety"),
        ("feeds", "0006_delete_messagereport"),
        ("feeds", "0007_order_by_time"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("learning", "0001_squashed"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChatCounter",
            fields=[
                (
                    "cohort",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.cohort",
                    ),
                ),
                ("last_seq", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Activity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="activities",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("practice_completed", "Practiced"),
                            ("challenge_won", "Won a challenge"),
                            ("progress_shared", "Shared progress"),
                            ("cohort_challenge_created", "Challenged the cohort"),
                            ("practice_test_completed", "Took a practice test"),
                            ("diagnostic_completed", "Took a diagnostic"),
                            ("achievement_earned", "Earned a badge"),
                        ],
                        max_length=24,
                    ),
                ),
                (
                    "skill",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="learning.skill",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        blank=True,
                        help_text="For tests and diagnostics; else see the skill.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="learning.subject",
                    ),
                ),
                (
                    "achievement",
                    models.ForeignKey(
                        blank=True,
                        help_text="For badges.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="learning.achievement",
                    ),
                ),
                (
                    "score",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="Only for shared results: a score is a school record.", null=True
                    ),
                ),
                (
                    "cohort",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="activities",
                        to="accounts.cohort",
                    ),
                ),
                (
                    "is_for_friends",
                    models.BooleanField(default=True, help_text="Off for a child: only the cohort sees it."),
                ),
                ("is_shown", models.BooleanField(default=True)),
                (
                    "source",
                    models.CharField(help_text="The cause, so that it is posted once.", max_length=60, unique=True),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "activities",
                "indexes": [
                    models.Index(fields=["cohort", "-at", "-id"], name="activity_cohort_newest"),
                    models.Index(fields=["actor", "-at", "-id"], name="activity_actor_newest"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("score", None), ("score__lte", 100), _connector="OR"),
                        name="activity_score_to_100",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("score", None), ("kind", "progress_shared"), _connector="OR"),
                        name="activity_score_only_if_shared",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("achievement", None),
                                ("kind__in", ["practice_test_completed", "diagnostic_completed"]),
                                ("skill", None),
                                ("subject__isnull", False),
                            ),
                            models.Q(("achievement__isnull", False), ("kind", "achievement_earned"), ("subject", None)),
                            models.Q(
                                models.Q(
                                    (
                                        "kind__in",
                                        ["practice_test_completed", "diagnostic_completed", "achievement_earned"],
                                    ),
                                    _negated=True,
                                ),
                                ("achievement", None),
                                ("skill__isnull", False),
                                ("subject", None),
                            ),
                            _connector="OR",
                        ),
                        name="activity_of_a_skill_subject_or_badge",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChatMute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "muter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "muted",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("muter"), models.F("muted"), name="mute_once"),
                    models.CheckConstraint(
                        condition=models.Q(("muter", models.F("muted")), _negated=True), name="mute_somebody_else"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CohortChallenge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "cohort",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="challenges", to="accounts.cohort"
                    ),
                ),
                (
                    "creator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "skill",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="learning.skill"
                    ),
                ),
                (
                    "deck",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="cohort_challenge", to="learning.deck"
                    ),
                ),
                ("day", models.DateField(help_text="One challenge per skill, day and cohort.")),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(models.F("cohort"), models.F("ends_at"), name="cohort_challenge_running")],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("cohort"), models.F("skill"), models.F("day"), name="cohort_challenge_once_a_day"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="cohort_challenge_ends_later"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CoPractice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "host",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "friend",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "deck",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="co_practice", to="learning.deck"
                    ),
                ),
                ("is_shown", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "co-practice",
                "indexes": [
                    models.Index(models.F("host"), models.F("friend"), models.F("created_at"), name="co_practice_pair")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("host", models.F("friend")), _negated=True),
                        name="co_practice_with_somebody_else",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "cohort",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="accounts.cohort"
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("seq", models.PositiveIntegerField()),
                ("text", models.CharField(max_length=500)),
                ("key", models.UUIDField(help_text="Set by the client, so that a repeated send is one message.")),
                ("at", models.DateTimeField()),
                (
                    "hidden_at",
                    models.DateTimeField(blank=True, help_text="Set by staff to hide the message.", null=True),
                ),
            ],
            options={
                "indexes": [models.Index(models.F("at"), name="message_at")],
                "constraints": [
                    models.UniqueConstraint(models.F("cohort"), models.F("seq"), name="message_number"),
                    models.UniqueConstraint(models.F("author"), models.F("key"), name="message_once"),
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="message_says_something"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reaction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reactions", to="feeds.activity"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("clap", "Well done"), ("fire", "On fire"), ("idea", "Me too")], max_length=8
                    ),
                ),
                ("is_shown", models.BooleanField(default=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("activity"), models.F("user"), models.F("kind"), name="reaction_once"
                    )
                ],
            },
        ),
    ]
