import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import viral_engine.kernel.encryption
import viral_engine.kernel.text.validators


class Migration(migrations.Migration):
    replaces = [
        ("learning", "0001_initial"),
        ("learning", "0002_delete_doubled_practice"),
        ("learning", "0003_one_open_practice"),
        ("learning", "0004_slugs_are_topics"),
        ("learning", "0005_slug_constraints"),
        ("learning", "0006_current_subject_kept_by_practice"),
        ("learning", "0007_skill_first_grade"),
        ("learning", "0008_encrypted_transcripts"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Subject",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "slug",
                    models.SlugField(
                        max_length=40, unique=True, validators=[viral_engine.kernel.text.validators.validate_topic_slug]
                    ),
                ),
                (
                    "name",
                    models.CharField(max_length=60, validators=[viral_engine.kernel.text.validators.validate_title]),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "ordering": ["position", "name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("slug__regex", "\\A[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\\Z")),
                        name="subject_slug_is_a_topic",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Skill",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="skills", to="learning.subject"
                    ),
                ),
                (
                    "slug",
                    models.SlugField(
                        max_length=40, unique=True, validators=[viral_engine.kernel.text.validators.validate_topic_slug]
                    ),
                ),
                (
                    "name",
                    models.CharField(max_length=60, validators=[viral_engine.kernel.text.validators.validate_title]),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "first_grade",
                    models.PositiveSmallIntegerField(
                        default=1,
                        help_text="The grade in which learners meet it first; before that they get its easy questions.",
                    ),
                ),
            ],
            options={
                "ordering": ["subject__position", "position", "name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("slug__regex", "\\A[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\\Z")),
                        name="skill_slug_is_a_topic",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("first_grade__range", (1, 12))), name="skill_grade_in_school"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Deck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "skill",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="decks", to="learning.skill"
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("created_at"))),
                        name="deck_expires_after_created",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "skill",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="questions", to="learning.skill"
                    ),
                ),
                ("key", models.CharField(max_length=80, unique=True)),
                ("passage", models.TextField(blank=True, default="")),
                ("prompt", models.TextField()),
                ("choices", models.JSONField()),
                ("answer", models.PositiveSmallIntegerField(help_text="Position of the right choice, from 0.")),
                ("explanation", models.TextField()),
                (
                    "difficulty",
                    models.CharField(choices=[("easy", "Easy"), ("medium", "Medium"), ("hard", "Hard")], max_length=6),
                ),
                ("is_active", models.BooleanField(default=True)),
            ],
            options={
                "indexes": [models.Index(models.F("skill"), models.F("difficulty"), name="question_skill_difficulty")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("answer__lte", 3)), name="question_answer_among_four")
                ],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attempts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "guest",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attempts",
                        to="accounts.guest",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("practice", "Practice"),
                            ("challenge", "Challenge"),
                            ("practice_test", "Practice test"),
                            ("diagnostic", "Diagnostic"),
                        ],
                        default="practice",
                        max_length=14,
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="attempts", to="learning.subject"
                    ),
                ),
                (
                    "skill",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty for tests and diagnostics, which cover a whole subject.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempts",
                        to="learning.skill",
                    ),
                ),
                (
                    "deck",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempts",
                        to="learning.deck",
                    ),
                ),
                (
                    "link_code",
                    models.CharField(blank=True, default="", help_text="The link that led to it.", max_length=8),
                ),
                ("started_at", models.DateTimeField()),
                ("paused_at", models.DateTimeField(blank=True, null=True)),
                ("paused_s", models.PositiveIntegerField(default=0)),
                (
                    "deadline_at",
                    models.DateTimeField(
                        blank=True, help_text="A test ends at this time, handed in or not.", null=True
                    ),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(models.F("user"), models.F("started_at"), name="attempt_user_started"),
                    models.Index(
                        models.F("deadline_at"),
                        condition=models.Q(("deadline_at__isnull", False), ("finished_at", None)),
                        name="attempt_deadline",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("guest", None), ("user", None), _negated=True), name="attempt_has_owner"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("finished_at", None), ("finished_at__gte", models.F("started_at")), _connector="OR"
                        ),
                        name="attempt_ends_after_start",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("deck__isnull", False)),
                        fields=("user", "deck"),
                        name="attempt_deck_once_per_user",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("deck__isnull", False)),
                        fields=("guest", "deck"),
                        name="attempt_deck_once_per_guest",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ["practice", "challenge"]), ("skill__isnull", False)),
                            models.Q(("kind__in", ["practice_test", "diagnostic"]), ("skill", None)),
                            _connector="OR",
                        ),
                        name="attempt_skill_unless_of_subject",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("deadline_at__isnull", False),
                                ("kind", "practice_test"),
                                ("paused_at", None),
                                ("paused_s", 0),
                                ("deadline_at__gt", models.F("started_at")),
                            ),
                            models.Q(models.Q(("kind", "practice_test"), _negated=True), ("deadline_at", None)),
                            _connector="OR",
                        ),
                        name="attempt_test_has_a_deadline_and_no_pause",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("deadline_at", None),
                            ("finished_at", None),
                            ("finished_at__lte", models.F("deadline_at")),
                            _connector="OR",
                        ),
                        name="attempt_ends_by_its_deadline",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("finished_at", None), ("kind", "practice")),
                        fields=("user", "skill"),
                        name="attempt_one_open_practice_per_skill",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("finished_at", None), ("kind__in", ["practice_test", "diagnostic"])),
                        fields=("user", "subject", "kind"),
                        name="attempt_one_open_per_user_and_subject",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("finished_at", None), ("kind__in", ["practice_test", "diagnostic"]), ("user", None)
                        ),
                        fields=("guest", "subject", "kind"),
                        name="attempt_one_open_per_guest_and_subject",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeckQuestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "deck",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="slots", to="learning.deck"
                    ),
                ),
                ("question", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="learning.question")),
                ("position", models.PositiveSmallIntegerField()),
            ],
            options={
                "ordering": ["position"],
                "constraints": [
                    models.UniqueConstraint(models.F("deck"), models.F("position"), name="deck_question_one_per_place"),
                    models.UniqueConstraint(models.F("deck"), models.F("question"), name="deck_question_once"),
                ],
            },
        ),
        migrations.AddField(
            model_name="deck",
            name="questions",
            field=models.ManyToManyField(through="learning.DeckQuestion", to="learning.question"),
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "attempt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="learning.attempt"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="learning.question"
                    ),
                ),
                ("choice", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("is_correct", models.BooleanField(blank=True, null=True)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["position"],
                "constraints": [
                    models.UniqueConstraint(models.F("attempt"), models.F("position"), name="answer_one_per_place"),
                    models.CheckConstraint(
                        condition=models.Q(("choice", None), ("choice__lte", 3), _connector="OR"),
                        name="answer_among_four",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answered_at", None), ("choice", None), ("is_correct", None)),
                            models.Q(
                                ("answered_at__isnull", False), ("choice__isnull", False), ("is_correct__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="answer_whole_or_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Achievement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="achievements",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("skill_mastery", "Skill mastered"),
                            ("streak_7", "7 days in a row"),
                            ("streak_30", "30 days in a row"),
                            ("streak_100", "100 days in a row"),
                            ("challenges_won_1", "First challenge won"),
                            ("challenges_won_10", "10 challenges won"),
                            ("challenges_won_50", "50 challenges won"),
                        ],
                        max_length=20,
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
                ("earned_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("skill", None)), fields=("user", "kind"), name="achievement_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("skill__isnull", False)),
                        fields=("user", "kind", "skill"),
                        name="achievement_once_per_skill",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "skill_mastery"), ("skill__isnull", False)),
                            models.Q(models.Q(("kind", "skill_mastery"), _negated=True), ("skill", None)),
                            _connector="OR",
                        ),
                        name="achievement_skill_of_mastery_alone",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TutoringSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "tutor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions_given",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions_taken",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sessions", to="learning.subject"
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("duration_min", models.PositiveSmallIntegerField()),
                ("completed_at", models.DateTimeField()),
                (
                    "transcript_kind",
                    models.CharField(
                        blank=True,
                        choices=[("vtt", "WebVTT"), ("srt", "SubRip"), ("plain", "Plain text")],
                        default="",
                        max_length=5,
                    ),
                ),
                ("transcript", viral_engine.kernel.encryption.EncryptedTextField(blank=True, default="")),
                ("rating", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("rated_at", models.DateTimeField(blank=True, help_text="When it was first rated.", null=True)),
                ("feedback", models.TextField(blank=True, default="")),
                (
                    "processed_at",
                    models.DateTimeField(blank=True, help_text="When its summary was written.", null=True),
                ),
                ("summary", models.JSONField(blank=True, default=dict)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tutor", "-started_at"], name="session_tutor_newest"),
                    models.Index(fields=["student", "-started_at"], name="session_student_newest"),
                    models.Index(
                        models.F("completed_at"),
                        condition=models.Q(("transcript", ""), _negated=True),
                        name="session_transcript_age",
                    ),
                    models.Index(
                        models.F("completed_at"), condition=models.Q(("processed_at", None)), name="session_to_process"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("tutor"), models.F("student"), models.F("started_at"), name="session_logged_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tutor", models.F("student")), _negated=True), name="session_of_two_people"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("duration_min__range", (1, 480))), name="session_of_1_to_480_minutes"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("completed_at__gt", models.F("started_at"))),
                        name="session_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("transcript", ""), models.Q(("transcript_kind", ""), _negated=True), _connector="OR"
                        ),
                        name="session_transcript_of_a_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("feedback", ""), ("rated_at", None), ("rating", None)),
                            models.Q(
                                ("rated_at__gte", models.F("completed_at")),
                                ("rated_at__isnull", False),
                                ("rating__isnull", False),
                                ("rating__range", (1, 5)),
                            ),
                            _connector="OR",
                        ),
                        name="session_rating_whole_or_none",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("processed_at", None), ("processed_at__gte", models.F("completed_at")), _connector="OR"
                        ),
                        name="session_processed_after_it_ended",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TutorStudent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "tutor",
                    models.ForeignKey(
                        limit_choices_to={"role": "tutor"},
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pupils",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        limit_choices_to={"role": "student"},
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tutors",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "tutor's student",
                "constraints": [
                    models.UniqueConstraint(models.F("tutor"), models.F("student"), name="tutor_student_once"),
                    models.CheckConstraint(
                        condition=models.Q(("tutor", models.F("student")), _negated=True), name="tutor_student_are_two"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Result",
            fields=[
                (
                    "attempt",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="result",
                        serialize=False,
                        to="learning.attempt",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="results", to="learning.subject"
                    ),
                ),
                (
                    "skill",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty for tests and diagnostics, which cover a whole subject.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="learning.skill",
                    ),
                ),
                ("score", models.PositiveSmallIntegerField()),
                ("correct", models.PositiveSmallIntegerField()),
                ("total", models.PositiveSmallIntegerField()),
                ("duration_s", models.PositiveIntegerField()),
                ("xp", models.PositiveSmallIntegerField(default=0)),
                ("finished_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(models.F("skill"), models.F("score"), name="result_skill_score"),
                    models.Index(
                        models.F("subject"),
                        models.F("score"),
                        condition=models.Q(("skill", None)),
                        name="result_subject_score",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("score__lte", 100)), name="result_score_to_100"),
                    models.CheckConstraint(
                        condition=models.Q(("correct__lte", models.F("total"))), name="result_correct_to_total"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Progress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="progress",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("xp", models.PositiveIntegerField(default=0)),
                ("streak_days", models.PositiveIntegerField(default=0)),
                ("last_active_on", models.DateField(blank=True, null=True)),
                ("warned_on", models.DateField(blank=True, help_text="Day of the last streak warning.", null=True)),
            ],
            options={
                "verbose_name_plural": "progress",
                "indexes": [
                    models.Index(
                        models.F("last_active_on"), condition=models.Q(("streak_days__gte", 2)), name="progress_streaks"
                    )
                ],
            },
        ),
    ]
