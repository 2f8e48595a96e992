import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

import viral_engine.kernel.text.validators
from loops.migrations._default_rows import add_default_rows


class Migration(migrations.Migration):
    replaces = [
        ("loops", "0001_initial"),
        ("loops", "0002_titles_others_read"),
        ("loops", "0003_challenges_may_pay_points"),
        ("loops", "0004_arms_named_as_in_the_requirement"),
        ("loops", "0005_question_help"),
        ("loops", "0006_referral_xp_and_class_sampler"),
        ("loops", "0007_parents_take_links_back"),
        ("loops", "0008_session_intelligence"),
        ("loops", "0009_payouts"),
        ("loops", "0010_fill_referral_edges"),
        ("loops", "0011_session_actions_wait"),
        ("loops", "0012_one_key_for_a_payout"),
        ("loops", "0013_restored_rewards"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("learning", "0001_squashed"),
    ]

    operations = [
        migrations.CreateModel(
            name="ActionPoints",
            fields=[
                ("action", models.SlugField(max_length=40, primary_key=True, serialize=False)),
                ("points", models.PositiveIntegerField()),
                ("reason", models.CharField(help_text="Shown to the person with the points.", max_length=120)),
                ("is_on", models.BooleanField(default=True)),
            ],
            options={
                "verbose_name": "points per action",
                "verbose_name_plural": "points per action",
            },
        ),
        migrations.CreateModel(
            name="Loop",
            fields=[
                ("name", models.SlugField(max_length=40, primary_key=True, serialize=False)),
                (
                    "title",
                    models.CharField(max_length=60, validators=[viral_engine.kernel.text.validators.validate_title]),
                ),
                ("is_on", models.BooleanField(default=True)),
                (
                    "expected_k",
                    models.FloatField(help_text="Expected FVM referees per exposed person until there is data."),
                ),
                (
                    "cooldown_s",
                    models.PositiveIntegerField(help_text="Seconds before the loop prompts the same person again."),
                ),
                (
                    "min_score",
                    models.PositiveSmallIntegerField(default=0, help_text="Lowest score that makes a person eligible."),
                ),
                (
                    "fewest_people",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="Cohort members who must have been active in the last 7 days."
                    ),
                ),
                (
                    "learned",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        editable=False,
                        help_text="{role: {exposed, joined, k}}, updated every night.",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("expected_k__gte", 0)), name="loop_k_not_negative"),
                    models.CheckConstraint(condition=models.Q(("min_score__lte", 100)), name="loop_min_score_to_100"),
                ],
            },
        ),
        migrations.CreateModel(
            name="DailyAiSpend",
            fields=[
                ("on", models.DateField(primary_key=True, serialize=False)),
                ("spent_microdollars", models.PositiveBigIntegerField(default=0)),
                ("calls", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="DailyReferrerTotal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "referrer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("on", models.DateField()),
                ("referees", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("referrer"), models.F("on"), name="referrer_day_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="DailyRewardTotal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("on", models.DateField()),
                ("granted", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("user"), models.F("kind"), models.F("on"), name="reward_day_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="DailySpend",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scope", models.SlugField(max_length=40)),
                ("on", models.DateField()),
                ("spent_cents", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [models.UniqueConstraint(models.F("scope"), models.F("on"), name="spend_day_once")],
            },
        ),
        migrations.CreateModel(
            name="GeneratedCopy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                (
                    "dead_lettered_at",
                    models.DateTimeField(blank=True, help_text="Dead-lettered: a person must decide.", null=True),
                ),
                ("last_error", models.TextField(blank=True, default="")),
                ("loop", models.CharField(max_length=40)),
                ("persona", models.CharField(max_length=8)),
                ("language", models.CharField(max_length=2)),
                ("subject", models.CharField(blank=True, default="", max_length=40)),
                ("engagement", models.CharField(blank=True, default="", max_length=6)),
                ("texts", models.JSONField(blank=True, default=dict)),
                ("is_on", models.BooleanField(default=True, help_text="If off, the template is used.")),
                ("wanted_at", models.DateTimeField()),
                ("written_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "refused_for",
                    models.CharField(blank=True, default="", help_text="Why this text is not used.", max_length=60),
                ),
            ],
            options={
                "verbose_name_plural": "generated copy",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("loop"),
                        models.F("persona"),
                        models.F("language"),
                        models.F("subject"),
                        models.F("engagement"),
                        name="written_copy_once_an_audience",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GrowthEmail",
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
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="letters", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "about",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="letters_about",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                (
                    "key",
                    models.CharField(
                        help_text="One email per cause: a repeat is ignored.", max_length=120, unique=True
                    ),
                ),
                ("subject", models.CharField(max_length=200)),
                ("text", models.TextField()),
                ("html", models.TextField()),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                (
                    "dropped_for",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("opted_out", "The mailbox opted out"),
                            ("preference", "Email is off in the person's settings"),
                            ("unverified", "The address is not verified"),
                            ("closed", "The account is closed or blocked"),
                            ("refused", "The mail server rejected it permanently"),
                            ("school", "It is about a pupil of a school under contract"),
                            ("too_late", "It could not be sent within a day"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("leased_until"),
                        models.F("id"),
                        condition=models.Q(("dropped_for", ""), ("sent_at", None)),
                        name="letter_waiting",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("sent_at", None), ("dropped_for", ""), _connector="OR"),
                        name="letter_sent_or_dropped",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Link",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=8, unique=True)),
                (
                    "loop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="links", to="loops.loop"
                    ),
                ),
                (
                    "referrer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="links", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("tree", models.CharField(help_text="Person id at the root of the referrer's tree.", max_length=36)),
                (
                    "arms",
                    models.JSONField(
                        default=list, help_text="The referrer's arms, so that referees see the same variants."
                    ),
                ),
                ("words", models.JSONField(default=dict, help_text="The copy shown with this link.")),
                (
                    "about",
                    models.ForeignKey(
                        blank=True,
                        help_text="The child it is about, if not the referrer. Withdrawn consent for the child deactivates it.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links_about",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("deactivated_at", models.DateTimeField(blank=True, null=True)),
                (
                    "deactivation_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("consent", "A parent withdrew consent"),
                            ("person", "The referrer took it back"),
                            ("parent", "A parent took it back"),
                            ("office", "Staff switched it off"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(models.F("referrer"), models.F("created_at"), name="link_referrer_created")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("created_at"))),
                        name="link_expires_after_created",
                    ),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length("code"), 8),
                        name="link_code_of_8",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("deactivation_reason", ""), ("deactivated_at__isnull", False), _connector="OR"
                        ),
                        name="link_dark_for_when_dark",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Challenge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "link",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="challenge", to="loops.link"
                    ),
                ),
                (
                    "deck",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="challenge", to="learning.deck"
                    ),
                ),
                (
                    "attempt",
                    models.ForeignKey(
                        help_text="The challenger's own attempt.",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="challenges",
                        to="learning.attempt",
                    ),
                ),
                ("score_to_beat", models.PositiveSmallIntegerField()),
                (
                    "shields",
                    models.PositiveSmallIntegerField(default=1, help_text="Reward of each side, fixed for the link."),
                ),
                (
                    "points",
                    models.PositiveSmallIntegerField(default=0, help_text="Reward of each side in place of shields."),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("score_to_beat__lte", 100)), name="challenge_score_to_100"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("points", 0), ("shields__range", (1, 3))),
                            models.Q(("points__range", (1, 500)), ("shields", 0)),
                            _connector="OR",
                        ),
                        name="challenge_shields_or_points",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChallengeEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("accepted_at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[("open", "Open"), ("rewarded", "Both rewarded"), ("refused", "No reward")],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "challenge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="entries", to="loops.challenge"
                    ),
                ),
                (
                    "attempt",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="challenge_entry",
                        to="learning.attempt",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "challenge entries",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "open"), ("settled_at", None)),
                            models.Q(models.Q(("outcome", "open"), _negated=True), ("settled_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="entry_settled_with_outcome",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Payout",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "link",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="payouts", to="loops.link"
                    ),
                ),
                (
                    "referrer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="payouts_earned",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "referee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="payouts_caused",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("key", models.CharField(help_text="The start of the ledger's keys.", max_length=100)),
                ("rewards", models.JSONField(default=list, help_text="[user, kind, amount, side] of each reward.")),
                ("held_for", models.CharField(blank=True, default="", max_length=120)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("paid", "Paid"),
                            ("waiting", "Waits"),
                            ("refused", "Refused"),
                            ("reversed", "Taken back"),
                        ],
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                (
                    "signals",
                    models.JSONField(default=dict, help_text="The signals of the payment's risk, with their weights."),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("referrer"), models.F("status"), models.F("at"), name="payout_referrer_status"
                    ),
                    models.Index(models.F("referee"), models.F("status"), name="payout_referee_status"),
                ],
                "constraints": [
                    models.UniqueConstraint(models.F("key"), models.F("referee"), name="payout_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("referee", models.F("referrer")), _negated=True),
                            ("status", "refused"),
                            _connector="OR",
                        ),
                        name="payout_of_two",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Prompt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="prompts", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "loop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="prompts", to="loops.loop"
                    ),
                ),
                (
                    "link",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="prompts", to="loops.link"
                    ),
                ),
                (
                    "attempt_id",
                    models.UUIDField(blank=True, help_text="The attempt whose result triggered it.", null=True),
                ),
                ("rationale", models.TextField()),
                ("offered_at", models.DateTimeField()),
                ("offered_on", models.DateField()),
                ("ordinal", models.PositiveSmallIntegerField()),
                ("shown_at", models.DateTimeField(blank=True, null=True)),
                ("dismissed_at", models.DateTimeField(blank=True, null=True)),
                ("shared_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(models.F("user"), models.F("offered_at"), name="prompt_user_offered"),
                    models.Index(models.F("attempt_id"), name="prompt_attempt"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("user"), models.F("offered_on"), models.F("ordinal"), name="prompt_one_per_place"
                    ),
                    models.CheckConstraint(condition=models.Q(("ordinal__gte", 1)), name="prompt_ordinal_from_1"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("shown_at", None), ("shown_at__gte", models.F("offered_at")), _connector="OR"
                        ),
                        name="prompt_shown_after_offered",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="QuestionHelp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "answer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="question_help", to="learning.answer"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="question_helps",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("steps", models.JSONField(help_text="Short paragraphs, in order.")),
                ("given_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "question helps",
            },
        ),
        migrations.CreateModel(
            name="Rally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "link",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rally", to="loops.link"
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="learning.subject"
                    ),
                ),
                (
                    "cohort",
                    models.ForeignKey(
                        blank=True,
                        help_text="The cohort on the board; its name is never shown.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.cohort",
                    ),
                ),
                (
                    "attempt",
                    models.ForeignKey(
                        help_text="The starter's attempt.",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rallies",
                        to="learning.attempt",
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
                        max_length=14,
                    ),
                ),
                ("score", models.PositiveSmallIntegerField(help_text="The starter's score, as in the link's copy.")),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "rallies",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("score__lte", 100)), name="rally_score_to_100")
                ],
            },
        ),
        migrations.CreateModel(
            name="RallyEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rally",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="entries", to="loops.rally"
                    ),
                ),
                (
                    "attempt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rally_entries", to="learning.attempt"
                    ),
                ),
                ("joined_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "rally entries",
                "constraints": [
                    models.UniqueConstraint(models.F("rally"), models.F("attempt"), name="rally_entry_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Recap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "parent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="recaps", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recaps_about",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(help_text="ISO year of the week.")),
                ("week", models.PositiveSmallIntegerField()),
                ("starts_on", models.DateField()),
                ("rounds", models.PositiveIntegerField()),
                ("minutes", models.PositiveIntegerField()),
                ("xp", models.PositiveIntegerField()),
                ("active_days", models.PositiveSmallIntegerField()),
                ("streak_days", models.PositiveIntegerField(help_text="Streak on the Sunday of the week.")),
                ("rounds_before", models.PositiveIntegerField()),
                ("minutes_before", models.PositiveIntegerField()),
                ("xp_before", models.PositiveIntegerField()),
                ("best_skill", models.SlugField(blank=True, default="", max_length=40)),
                ("best_name", models.CharField(blank=True, default="", max_length=60)),
                ("best_score", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "skills",
                    models.JSONField(
                        default=list, help_text="[{name, before, after}]; before is empty for a new skill."
                    ),
                ),
                ("badges", models.JSONField(default=list, help_text="Titles of badges earned in the week.")),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(models.F("parent"), models.F("starts_on"), name="recap_parent_week")],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("child"),
                        models.F("parent"),
                        models.F("year"),
                        models.F("week"),
                        name="recap_once_a_week",
                    ),
                    models.CheckConstraint(condition=models.Q(("week__range", (1, 53))), name="recap_iso_week"),
                    models.CheckConstraint(condition=models.Q(("rounds__gte", 1)), name="recap_of_something_done"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecapShare",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "link",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="recap_share", to="loops.link"
                    ),
                ),
                (
                    "recap",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="shares", to="loops.recap"
                    ),
                ),
                (
                    "deck",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="recap_share", to="learning.deck"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Rescue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "link",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rescue", to="loops.link"
                    ),
                ),
                (
                    "deck",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rescue", to="learning.deck"
                    ),
                ),
                ("streak_days", models.PositiveIntegerField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("streak_days__gte", 1)), name="rescue_of_a_streak")
                ],
            },
        ),
        migrations.CreateModel(
            name="RescueEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("accepted_at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[("open", "Open"), ("rewarded", "Both rewarded"), ("refused", "No reward")],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "rescue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="entries", to="loops.rescue"
                    ),
                ),
                (
                    "attempt",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rescue_entry", to="learning.attempt"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "rescue entries",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "open"), ("settled_at", None)),
                            models.Q(models.Q(("outcome", "open"), _negated=True), ("settled_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="rescue_entry_settled_with_outcome",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RewardEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rewards", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("grant", "Grant"),
                            ("use", "Use"),
                            ("expiry", "Expiry"),
                            ("reversal", "Reversal"),
                            ("restoral", "Restoral"),
                        ],
                        max_length=8,
                    ),
                ),
                ("amount", models.IntegerField()),
                ("left", models.IntegerField(default=0, help_text="Unspent part of a grant; negative: unpaid debt.")),
                ("reason", models.CharField(max_length=120)),
                (
                    "key",
                    models.CharField(
                        help_text="Idempotency key: a repeat changes nothing.", max_length=120, unique=True
                    ),
                ),
                (
                    "loop",
                    models.CharField(
                        blank=True, default="", help_text='The loop that granted it, or "shop".', max_length=40
                    ),
                ),
                (
                    "earned_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="The child under 13 who earned it for a parent.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "of",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closed_by",
                        to="loops.rewardentry",
                    ),
                ),
                ("cost_cents", models.IntegerField(default=0)),
                ("at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                (
                    "held_at",
                    models.DateTimeField(
                        blank=True, help_text="If set, it waits for a review and cannot be used.", null=True
                    ),
                ),
                ("held_for", models.CharField(blank=True, default="", max_length=120)),
            ],
            options={
                "verbose_name_plural": "reward entries",
                "indexes": [
                    models.Index(models.F("user"), models.F("at"), name="reward_user_at"),
                    models.Index(
                        models.F("user"),
                        models.F("kind"),
                        condition=models.Q(("left", 0), _negated=True),
                        name="reward_open",
                    ),
                    models.Index(models.F("expires_at"), condition=models.Q(("left__gt", 0)), name="reward_to_expire"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount", 0), _negated=True), name="reward_not_zero"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["points", "ai_tutor_minutes", "class_pass", "streak_shield", "referral_xp"])
                        ),
                        name="reward_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("amount__gt", 0),
                                ("cause", "grant"),
                                ("left__gte", 0),
                                ("left__lte", models.F("amount")),
                            ),
                            models.Q(("amount__lt", 0), ("cause__in", ["use", "expiry"]), ("left", 0)),
                            models.Q(
                                ("amount__lt", 0),
                                ("cause", "reversal"),
                                ("left__gte", models.F("amount")),
                                ("left__lte", 0),
                            ),
                            models.Q(("amount__gt", 0), ("cause", "restoral"), ("left", 0)),
                            _connector="OR",
                        ),
                        name="reward_left_within_amount",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cause__in", ["grant", "use"]), ("of", None)),
                            models.Q(("cause__in", ["expiry", "reversal", "restoral"]), ("of__isnull", False)),
                            _connector="OR",
                        ),
                        name="reward_closes_a_grant",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("held_at", None), ("cause", "grant"), _connector="OR"),
                        name="reward_held_grant",
                    ),
                    models.UniqueConstraint(
                        models.F("of"), condition=models.Q(("cause", "restoral")), name="reward_restored_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RewardTerms",
            fields=[
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("points", "Points"),
                            ("ai_tutor_minutes", "AI-tutor minutes"),
                            ("class_pass", "Class passes"),
                            ("streak_shield", "Streak shields"),
                            ("referral_xp", "XP for inviting"),
                        ],
                        max_length=20,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("daily_cap", models.PositiveIntegerField(help_text="Maximum per person and day.")),
                (
                    "lasts_days",
                    models.PositiveIntegerField(
                        blank=True, help_text="Days until it expires. Empty: never.", null=True
                    ),
                ),
                ("cost_cents", models.PositiveIntegerField(help_text="Our cost of one unit, in cents.")),
            ],
            options={
                "verbose_name": "reward terms",
                "verbose_name_plural": "reward terms",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["points", "ai_tutor_minutes", "class_pass", "streak_shield", "referral_xp"])
                        ),
                        name="reward_terms_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("lasts_days", 0), _negated=True), name="reward_terms_last_a_day"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SessionAction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="actions",
                        to="learning.tutoringsession",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("beat_my_skill", "Beat my skill"),
                            ("study_buddy", "Study together"),
                            ("celebration", "Celebrate"),
                            ("parent_reel", "A session to be proud of"),
                            ("tutor_share", "Share your teaching"),
                            ("prep_pack", "Prepare the next session"),
                        ],
                        max_length=14,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="session_actions",
                        to=settings.AUTH_USER_MODEL,
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
                ("cue", models.PositiveIntegerField(blank=True, help_text="Number of the cue it rests on.", null=True)),
                ("cue_at_s", models.PositiveIntegerField(blank=True, help_text="Seconds into the session.", null=True)),
                ("exam_on", models.DateField(blank=True, null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("ready", "Ready"),
                            ("waiting", "Waits for its person"),
                            ("held", "Tried again later"),
                            ("refused", "Not allowed"),
                            ("recalled", "Recalled"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, default="", help_text="Why it is not ready, as a code.", max_length=120
                    ),
                ),
                (
                    "retry_at",
                    models.DateTimeField(blank=True, help_text="Of a held action: when it is tried again.", null=True),
                ),
                (
                    "link",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="session_action",
                        to="loops.link",
                    ),
                ),
                (
                    "deck",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="session_action",
                        to="learning.deck",
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("recalled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "recalled_by",
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
                "indexes": [
                    models.Index(models.F("owner"), models.F("created_at"), name="session_action_owner"),
                    models.Index(
                        models.F("retry_at"), condition=models.Q(("status", "held")), name="session_action_held"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("session"), models.F("kind"), models.F("owner"), name="session_action_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("recalled_at__isnull", False), ("status", "recalled")),
                            models.Q(models.Q(("status", "recalled"), _negated=True), ("recalled_at", None)),
                            _connector="OR",
                        ),
                        name="session_action_recalled_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ["refused", "waiting", "held"]), _negated=True),
                            ("link", None),
                            _connector="OR",
                        ),
                        name="session_action_link_when_ready",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("retry_at__isnull", False), ("status", "held")),
                            models.Q(models.Q(("status", "held"), _negated=True), ("retry_at", None)),
                            _connector="OR",
                        ),
                        name="session_action_held_until_retry",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SessionPipeline",
            fields=[
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                (
                    "dead_lettered_at",
                    models.DateTimeField(blank=True, help_text="Dead-lettered: a person must decide.", null=True),
                ),
                ("last_error", models.TextField(blank=True, default="")),
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="intelligence",
                        serialize=False,
                        to="learning.tutoringsession",
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("redacted", "Names removed"),
                            ("summarized", "Summarized"),
                            ("actions", "Ideas made"),
                            ("delivered", "Delivered"),
                        ],
                        default="received",
                        max_length=10,
                    ),
                ),
                (
                    "redactions",
                    models.JSONField(blank=True, default=dict, help_text="Finds by kind, without the finds."),
                ),
                (
                    "shortfall",
                    models.JSONField(blank=True, default=list, help_text="Why there are fewer than four actions."),
                ),
                ("received_at", models.DateTimeField()),
                ("delivered_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("leased_until"),
                        models.F("session"),
                        condition=models.Q(("delivered_at", None)),
                        name="pipeline_waiting",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("delivered_at__isnull", False), ("stage", "delivered")),
                            models.Q(models.Q(("stage", "delivered"), _negated=True), ("delivered_at", None)),
                            _connector="OR",
                        ),
                        name="pipeline_delivered_at_its_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stage__in", ["received", "redacted", "summarized", "actions", "delivered"])
                        ),
                        name="pipeline_stage_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShopItem",
            fields=[
                ("slug", models.SlugField(max_length=40, primary_key=True, serialize=False)),
                (
                    "title",
                    models.CharField(max_length=60, validators=[viral_engine.kernel.text.validators.validate_title]),
                ),
                (
                    "text",
                    models.CharField(
                        blank=True,
                        default="",
                        max_length=160,
                        validators=[viral_engine.kernel.text.validators.validate_shown_text],
                    ),
                ),
                ("kind", models.CharField(blank=True, default="", max_length=20)),
                ("amount", models.PositiveIntegerField(default=1)),
                (
                    "theme",
                    models.CharField(
                        blank=True,
                        choices=[("violet", "Violet"), ("ocean", "Ocean"), ("forest", "Forest"), ("sunset", "Sunset")],
                        default="",
                        max_length=8,
                    ),
                ),
                ("price", models.PositiveIntegerField(help_text="In points.")),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("is_on", models.BooleanField(default=True)),
            ],
            options={
                "ordering": ["position", "slug"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 1), ("price__gte", 1)), name="shop_item_not_free"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind__in", ["ai_tutor_minutes", "class_pass", "streak_shield", "referral_xp"]),
                                ("theme", ""),
                            ),
                            models.Q(("kind", ""), models.Q(("theme", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="shop_item_reward_or_theme",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Purchase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="purchases",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="purchases", to="loops.shopitem"
                    ),
                ),
                ("price", models.PositiveIntegerField()),
                (
                    "theme",
                    models.CharField(blank=True, default="", help_text="The theme bought, if any.", max_length=8),
                ),
                (
                    "key",
                    models.UUIDField(help_text="The page makes one per purchase, so that a double click buys once."),
                ),
                ("bought_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("user"), models.F("key"), name="purchase_once_per_key"),
                    models.UniqueConstraint(
                        condition=models.Q(("theme", ""), _negated=True),
                        fields=("user", "theme"),
                        name="purchase_theme_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShownBadge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "link",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="shown_badge", to="loops.link"
                    ),
                ),
                (
                    "achievement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="shown", to="learning.achievement"
                    ),
                ),
                (
                    "deck",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="shown_badge", to="learning.deck"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SpendLimit",
            fields=[
                (
                    "scope",
                    models.SlugField(
                        help_text='A loop\'s name, "shop", or "overall".',
                        max_length=40,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("cents_a_day", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Spotlight",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "link",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="spotlight", to="loops.link"
                    ),
                ),
                (
                    "tutor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="spotlights",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        help_text="The five-star session that triggered it. No detail of it is shown.",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="spotlights",
                        to="learning.tutoringsession",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="spotlights", to="learning.subject"
                    ),
                ),
                (
                    "deck",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="spotlight", to="learning.deck"
                    ),
                ),
                (
                    "discount_percent",
                    models.PositiveSmallIntegerField(default=50, help_text="Discount on the first session."),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("discount_percent__range", (1, 100))), name="spotlight_discount_1_to_100"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BookingRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "spotlight",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="bookings", to="loops.spotlight"
                    ),
                ),
                (
                    "tutor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bookings_received",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bookings_made",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "guest",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bookings_made",
                        to="accounts.guest",
                    ),
                ),
                (
                    "name",
                    models.CharField(blank=True, help_text="First name of the parent or adult learner.", max_length=60),
                ),
                ("email", models.EmailField(blank=True, max_length=254)),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="bookings", to="learning.subject"
                    ),
                ),
                ("suits", models.CharField(blank=True, help_text="Times that work for the family.", max_length=120)),
                ("note", models.CharField(blank=True, default="", max_length=500)),
                ("discount_percent", models.PositiveSmallIntegerField(help_text="Discount on the first session.")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("accepted", "Accepted"),
                            ("declined", "Declined"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="requested",
                        max_length=9,
                    ),
                ),
                (
                    "key",
                    models.UUIDField(
                        help_text="Made with the form, so that a repeated request is stored once.", unique=True
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, help_text="When it was answered or cancelled.", null=True),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["tutor", "-requested_at"], name="booking_tutor_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("guest__isnull", False), ("user", None)),
                            models.Q(("guest", None), ("user__isnull", False)),
                            _connector="OR",
                        ),
                        name="booking_of_user_or_guest",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at", None), ("status", "requested")),
                            models.Q(models.Q(("status", "requested"), _negated=True), ("closed_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="booking_closed_with_answer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("discount_percent__range", (1, 100))), name="booking_discount_1_to_100"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ["requested", "accepted"]), ("user__isnull", False)),
                        fields=("tutor", "user"),
                        name="booking_one_live_of_user",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("guest__isnull", False), ("status__in", ["requested", "accepted"])),
                        fields=("tutor", "guest"),
                        name="booking_one_live_of_guest",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Suppression",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mailbox", models.CharField(max_length=32, unique=True)),
                ("source", models.CharField(choices=[("link", "Page"), ("one_click", "Mail program")], max_length=9)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Touch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "link",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="touches", to="loops.link"
                    ),
                ),
                ("visitor", models.CharField(help_text="Person id, the same before and after sign-up.", max_length=36)),
                ("channel", models.CharField(blank=True, default="", max_length=12)),
                ("campaign", models.CharField(blank=True, default="", max_length=40)),
                ("clicked_at", models.DateTimeField()),
                ("clicked_on", models.DateField(help_text="Enforces one touch a day when two clicks race.")),
            ],
            options={
                "verbose_name_plural": "touches",
                "indexes": [models.Index(models.F("visitor"), models.F("clicked_at"), name="touch_visitor_clicked")],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("link"), models.F("visitor"), models.F("clicked_on"), name="touch_once_a_day"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Referral",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "referee",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="referral",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "referrer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="referrals_made",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "link",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="referrals", to="loops.link"
                    ),
                ),
                (
                    "touch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="referrals", to="loops.touch"
                    ),
                ),
                (
                    "generation",
                    models.PositiveIntegerField(
                        default=1,
                        help_text="Distance from the root of the referral tree: 1 for the root's own referees.",
                    ),
                ),
                ("attributed_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(models.F("attributed_at"), name="referral_attributed")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("referee", models.F("referrer")), _negated=True),
                        name="referral_of_somebody_else",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("generation__gte", 1)), name="referral_generation_from_1"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Credit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "referral",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="credits", to="loops.referral"
                    ),
                ),
                (
                    "touch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="credits", to="loops.touch"
                    ),
                ),
                (
                    "model",
                    models.CharField(
                        choices=[
                            ("first", "First"),
                            ("last", "Last"),
                            ("linear", "Linear"),
                            ("position", "Position"),
                            ("decay", "Decay"),
                        ],
                        max_length=8,
                    ),
                ),
                ("basis_points", models.PositiveIntegerField(help_text="10,000 is one sign-up.")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("referral"), models.F("touch"), models.F("model"), name="credit_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("basis_points__range", (1, 10000))), name="credit_share_of_whole"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("model__in", ["first", "last", "linear", "position", "decay"])),
                        name="credit_model_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AttributionWindow",
            fields=[
                (
                    "loop",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="attribution_window",
                        serialize=False,
                        to="loops.loop",
                    ),
                ),
                ("days", models.PositiveSmallIntegerField(default=30)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("days__range", (1, 90))), name="window_of_1_to_90_days")
                ],
            },
        ),
        migrations.CreateModel(
            name="RecapReel",
            fields=[
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                (
                    "dead_lettered_at",
                    models.DateTimeField(blank=True, help_text="Dead-lettered: a person must decide.", null=True),
                ),
                ("last_error", models.TextField(blank=True, default="")),
                (
                    "share",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="reel",
                        serialize=False,
                        to="loops.recapshare",
                    ),
                ),
                ("webp", models.BinaryField(null=True)),
                ("made_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(models.F("share"), condition=models.Q(("made_at", None)), name="reel_to_make")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=django.db.models.lookups.LessThanOrEqual(
                            django.db.models.functions.text.Length("webp"), 4000000
                        ),
                        name="reel_small_enough",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("made_at", None), ("webp", None)),
                            models.Q(("made_at__isnull", False), ("webp__isnull", False)),
                            _connector="OR",
                        ),
                        name="reel_made_with_its_bytes",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SessionReminder",
            fields=[
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                (
                    "dead_lettered_at",
                    models.DateTimeField(blank=True, help_text="Dead-lettered: a person must decide.", null=True),
                ),
                ("last_error", models.TextField(blank=True, default="")),
                (
                    "action",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="reminder",
                        serialize=False,
                        to="loops.sessionaction",
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(models.F("due_at"), condition=models.Q(("sent_at", None)), name="session_reminder_due")
                ],
            },
        ),
        migrations.RunPython(add_default_rows, migrations.RunPython.noop),
    ]
