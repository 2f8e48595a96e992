import uuid

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import viral_engine.accounts.models.fields
import viral_engine.kernel.text.validators
from viral_engine.accounts.models import rights_triggers


def remove_triggers(_, schema_editor):
    """On the way back: without its log a trigger would refuse every write. `post_migrate` adds them."""
    rights_triggers.remove(schema_editor.connection.alias)


class Migration(migrations.Migration):
    replaces = [
        ("accounts", "0001_initial"),
        ("accounts", "0002_username_key"),
        ("accounts", "0003_one_spelling"),
        ("accounts", "0004_username_key_unique"),
        ("accounts", "0005_cohort_name_others_read"),
        ("accounts", "0006_parents_are_verified"),
        ("accounts", "0007_rights_changes"),
        ("accounts", "0008_hidden_rows"),
        ("accounts", "0009_personal_data"),
        ("accounts", "0010_payments_may_wait_together"),
        ("accounts", "0011_who_decided_corrections"),
        ("accounts", "0012_small_capitals"),
    ]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                (
                    "dead_lettered_at",
                    models.DateTimeField(blank=True, help_text="Dead-lettered: a person must decide.", null=True),
                ),
                ("last_error", models.TextField(blank=True, default="")),
                ("user_id", models.BigIntegerField(unique=True)),
                (
                    "person_hash",
                    models.CharField(
                        help_text="Keyed hash of the person id: numbers may be given twice.", max_length=32
                    ),
                ),
                ("by_id", models.BigIntegerField(help_text="Themselves, a parent, or staff.")),
                ("erased_at", models.DateTimeField()),
                ("steps", models.JSONField(blank=True, default=list, help_text="The tables that are done.")),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="School",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        max_length=120, unique=True, validators=[viral_engine.kernel.text.validators.validate_title]
                    ),
                ),
                (
                    "contact_email",
                    models.EmailField(
                        blank=True, default="", help_text="Requests for access go there.", max_length=254
                    ),
                ),
                (
                    "is_contract",
                    models.BooleanField(
                        default=False, help_text="The school gave us records under a contract (FERPA)."
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Cohort",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        max_length=80, unique=True, validators=[viral_engine.kernel.text.validators.validate_title]
                    ),
                ),
                ("grade", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("is_active", models.BooleanField(default=True)),
                (
                    "school",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cohorts",
                        to="accounts.school",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("grade", None), ("grade__range", (1, 12)), _connector="OR"),
                        name="cohort_grade_in_school",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
                ("person_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "This name is taken. Try another one."},
                        max_length=150,
                        unique=True,
                        validators=[viral_engine.kernel.text.validators.validate_username],
                    ),
                ),
                (
                    "username_key",
                    viral_engine.accounts.models.fields.NameKeyField(
                        editable=False,
                        error_messages={"unique": "This name is taken. Try another one."},
                        max_length=450,
                        of="username",
                        unique=True,
                    ),
                ),
                (
                    "first_name",
                    models.CharField(
                        blank=True, max_length=150, validators=[viral_engine.kernel.text.validators.validate_shown_name]
                    ),
                ),
                (
                    "last_name",
                    models.CharField(
                        blank=True, max_length=150, validators=[viral_engine.kernel.text.validators.validate_shown_name]
                    ),
                ),
                (
                    "email",
                    viral_engine.accounts.models.fields.MailboxColumn(
                        blank=True, max_length=254, null=True, unique=True, verbose_name="e-mail"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[("student", "Learner"), ("parent", "Parent"), ("tutor", "Tutor"), ("admin", "Admin")],
                        default="student",
                        max_length=8,
                    ),
                ),
                ("birthdate", models.DateField(blank=True, null=True)),
                (
                    "grade",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(12),
                        ],
                    ),
                ),
                (
                    "avatar",
                    models.CharField(
                        choices=[
                            ("violet", "Violet"),
                            ("mint", "Mint"),
                            ("amber", "Amber"),
                            ("coral", "Coral"),
                            ("sky", "Sky"),
                            ("rose", "Rose"),
                        ],
                        default="violet",
                        max_length=8,
                    ),
                ),
                (
                    "theme",
                    models.CharField(
                        choices=[("violet", "Violet"), ("ocean", "Ocean"), ("forest", "Forest"), ("sunset", "Sunset")],
                        default="violet",
                        max_length=8,
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("en", "English"), ("es", "Español")],
                        default="en",
                        max_length=2,
                        verbose_name="language of what I share",
                    ),
                ),
                ("current_subject", models.SlugField(blank=True, default="", max_length=40)),
                ("presence_visible", models.BooleanField(default=True, verbose_name="others see when I am here")),
                ("feed_visible", models.BooleanField(default=True, verbose_name="others see what I did")),
                ("growth_prompts", models.BooleanField(default=True, verbose_name="offer me challenges to share")),
                ("email_updates", models.BooleanField(default=True, verbose_name="send me e-mail")),
                ("transcription", models.BooleanField(default=True, verbose_name="sessions may be transcribed")),
                ("signup_device", models.CharField(blank=True, default="", editable=False, max_length=32)),
                ("signup_ip_hash", models.CharField(blank=True, default="", editable=False, max_length=32)),
                (
                    "is_simulated",
                    models.BooleanField(
                        default=False,
                        editable=False,
                        help_text="A simulated learner for demos, excluded from all counts.",
                    ),
                ),
                (
                    "blocked_at",
                    models.DateTimeField(
                        blank=True, help_text="When set, sharing and chatting are refused.", null=True
                    ),
                ),
                (
                    "signed_out_at",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        help_text="Socket tokens issued before this time are refused.",
                        null=True,
                    ),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "permissions": [("export_person", "Can export everything about a person")],
                "indexes": [
                    models.Index(
                        models.F("signup_device"),
                        condition=models.Q(("signup_device", ""), _negated=True),
                        name="user_device",
                    ),
                    models.Index(
                        models.F("signup_ip_hash"),
                        models.F("date_joined"),
                        condition=models.Q(("signup_ip_hash", ""), _negated=True),
                        name="user_ip_joined",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("grade", None), ("grade__range", (1, 12)), _connector="OR"),
                        name="user_grade_in_school",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("email", ""), _negated=True), name="user_email_null_not_empty"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BirthdateCorrection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("birthdate", models.DateField()),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("is_accepted", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("child"), condition=models.Q(("decided_at", None)), name="correction_one_open"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("is_accepted", False), ("decided_at__isnull", False), _connector="OR"),
                        name="correction_accepted_when_decided",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Block",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "blocker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="blocks_made",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "blocked",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="blocks_received",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("blocker"), models.F("blocked"), name="block_once"),
                    models.CheckConstraint(
                        condition=models.Q(("blocker", models.F("blocked")), _negated=True), name="block_somebody_else"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CohortMembership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "cohort",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="accounts.cohort"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("is_primary", models.BooleanField(default=True)),
                ("joined_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("cohort"), models.F("user"), name="membership_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_primary", True)), fields=("user",), name="membership_one_primary"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="cohort",
            name="members",
            field=models.ManyToManyField(
                related_name="cohorts", through="accounts.CohortMembership", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="consents",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "given_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents_given",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("coppa", "Use beyond practice, and being seen by others"),
                            ("disclosure", "Chat, boards, and sharing with a name"),
                            ("ferpa", "Sharing school records"),
                            ("third_party", "Sending text to an AI provider"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("email_plus", "Answer by mail, confirmed by a second mail"),
                            ("password", "Password of a parent who answered by mail before"),
                            ("signed_form", "Signed form, checked by staff"),
                            ("payment", "Payment"),
                        ],
                        help_text="How the parent was verified.",
                        max_length=20,
                    ),
                ),
                (
                    "evidence",
                    models.CharField(blank=True, default="", help_text="What proves it: request:7, ...", max_length=40),
                ),
                ("text_version", models.CharField(max_length=20)),
                (
                    "text_hash",
                    models.CharField(blank=True, default="", help_text="SHA-256 of the text shown.", max_length=64),
                ),
                ("ip_hash", models.CharField(blank=True, default="", max_length=32)),
                ("given_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=("child", "given_by", "kind"),
                        name="consent_one_in_force",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withdrawn_at", None), ("withdrawn_at__gte", models.F("given_at")), _connector="OR"
                        ),
                        name="consent_withdrawn_after_given",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "disclosure"), _negated=True),
                            ("method__in", ["signed_form", "payment"]),
                            _connector="OR",
                        ),
                        name="consent_disclosure_is_verified",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ConsentFollowUp",
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
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("child"), models.F("parent"), name="consent_follow_up_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ConsentRequest",
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
                    "child",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="consent_request",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("parent_email", models.EmailField(max_length=254)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("mailed_at", models.DateTimeField(blank=True, null=True)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Friendship",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "low",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "high",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("accepted", "Accepted"),
                            ("declined", "Declined"),
                            ("dropped", "Declined, then withdrawn"),
                        ],
                        default="requested",
                        max_length=10,
                    ),
                ),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("low"), models.F("high"), name="friendship_once_per_pair"),
                    models.CheckConstraint(
                        condition=models.Q(("low__lt", models.F("high"))), name="friendship_low_before_high"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("requested_by", models.F("low")), ("requested_by", models.F("high")), _connector="OR"
                        ),
                        name="friendship_requested_by_one_of_them",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Guardianship",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "parent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="guardianships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="guardians",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("parent"), models.F("child"), name="guardianship_once"),
                    models.CheckConstraint(
                        condition=models.Q(("parent", models.F("child")), _negated=True),
                        name="guardianship_of_somebody_else",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Guest",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("device", models.CharField(blank=True, default="", max_length=32)),
                ("ip_hash", models.CharField(blank=True, default="", max_length=32)),
                (
                    "link_code",
                    models.CharField(
                        blank=True, default="", help_text="The link that brought them here.", max_length=8
                    ),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="past_guests",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(models.F("created_at"), name="guest_created_at")],
            },
        ),
        migrations.CreateModel(
            name="HiddenRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hidden_rows",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("cause", models.CharField(max_length=12)),
                ("model", models.CharField(help_text="Its label, such as feeds.Message.", max_length=60)),
                ("row_id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(models.F("person"), models.F("cause"), name="hidden_row_person")],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("model"),
                        models.F("row_id"),
                        models.F("person"),
                        models.F("cause"),
                        name="hidden_row_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="InactivityNotice",
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
                    "child",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="inactivity_notice",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("mailed_at", models.DateTimeField(blank=True, null=True)),
                ("delete_after", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("delete_after__gt", models.F("created_at"))), name="inactivity_gives_time"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ParentVerification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "parent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="verifications",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "method",
                    models.CharField(choices=[("signed_form", "Signed form"), ("payment", "Payment")], max_length=12),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("approved", "Approved"), ("rejected", "Rejected")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                (
                    "text_version",
                    models.CharField(help_text="Of the consent text that the parent signed.", max_length=20),
                ),
                ("text_hash", models.CharField(max_length=64)),
                ("form", models.BinaryField(null=True)),
                ("form_type", models.CharField(blank=True, default="", max_length=20)),
                ("form_sha256", models.CharField(blank=True, default="", max_length=64)),
                (
                    "payment_id",
                    models.CharField(
                        blank=True, default="", help_text="The provider's id of the payment.", max_length=100
                    ),
                ),
                ("ip_hash", models.CharField(blank=True, default="", max_length=32)),
                ("created_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "decided_by",
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
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("method", "signed_form"), ("status", "waiting")),
                        fields=("parent", "child"),
                        name="verification_one_waiting_form",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("status", "waiting")),
                            models.Q(models.Q(("status", "waiting"), _negated=True), ("decided_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="verification_decided_once",
                    ),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.LessThanOrEqual(
                            django.db.models.functions.text.Length("form"), 4000000
                        ),
                        name="verification_form_small_enough",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RightsChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("user_id", models.BigIntegerField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "indexes": [models.Index(models.F("at"), name="rights_change_at")],
            },
        ),
        migrations.CreateModel(
            name="Disclosure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="disclosures", to="accounts.school"
                    ),
                ),
                (
                    "pupil",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("export", "Export of a pupil's data"),
                            ("school_export", "Export to the school"),
                            ("request", "A parent's request for access"),
                        ],
                        max_length=14,
                    ),
                ),
                (
                    "recipient",
                    models.CharField(help_text="Role of the recipient, without a name: parent, school.", max_length=60),
                ),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("interest", models.CharField(help_text="The legitimate interest in the records.", max_length=120)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(models.F("school"), models.F("at"), name="disclosure_school_at")],
            },
        ),
        migrations.CreateModel(
            name="SchoolRequest",
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
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="requests", to="accounts.school"
                    ),
                ),
                (
                    "pupil",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("export", "See all data"),
                            ("correct", "Correct something"),
                            ("delete", "Delete the account"),
                        ],
                        max_length=8,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("mailed_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("school"),
                        models.F("pupil"),
                        models.F("kind"),
                        condition=models.Q(("closed_at", None)),
                        name="school_request_one_open",
                    )
                ],
            },
        ),
        migrations.RunPython(migrations.RunPython.noop, remove_triggers),
    ]
