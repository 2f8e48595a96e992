import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("safety", "0001_review_and_signals"),
        ("safety", "0002_fill_mailbox_keys"),
        ("safety", "0004_refill_mailbox_keys_on_the_way_down"),
        ("safety", "0005_proofs_of_mailboxes"),
        ("safety", "0006_fill_proofs_of_mailboxes"),
        ("safety", "0007_blocklist_of_devices"),
        ("safety", "0008_steps_in_use"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BlocklistEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "device",
                    models.CharField(
                        help_text="The keyed hash of a device, as the review queue shows it.", max_length=32
                    ),
                ),
                ("reason", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name_plural": "blocklist entries",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("device", ""), _negated=True), name="blocklist_names_a_device"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at", None)), fields=("device",), name="blocklist_device_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeviceFlag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "device",
                    models.CharField(
                        help_text="The keyed hash of a device, as the review queue shows it.",
                        max_length=32,
                        unique=True,
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[("high", "High: block"), ("medium", "Medium: review"), ("low", "Low: watch")],
                        max_length=6,
                    ),
                ),
                ("reason", models.CharField(max_length=120)),
                ("flagged_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("device", ""), _negated=True), name="device_flag_names_a_device"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReviewItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20)),
                ("object_key", models.CharField(max_length=60)),
                (
                    "subject",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="review_items",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("reason", models.CharField(max_length=200)),
                ("evidence", models.JSONField(default=dict)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "Waits for review"),
                            ("appealed", "Appealed, waits for a second look"),
                            ("approved", "Approved"),
                            ("rejected", "Rejected"),
                        ],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                (
                    "undone_at",
                    models.DateTimeField(
                        blank=True, help_text="When set, the object has no effect any more.", null=True
                    ),
                ),
                ("undone", models.JSONField(default=dict, help_text="What was undone, so that it can be restored.")),
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
                ("note", models.CharField(blank=True, default="", max_length=300)),
                ("appealed_at", models.DateTimeField(blank=True, null=True)),
                ("appeal", models.CharField(blank=True, default="", max_length=500)),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("opened_at"),
                        condition=models.Q(("status__in", ["open", "appealed"])),
                        name="review_waiting",
                    ),
                    models.Index(models.F("subject"), models.F("opened_at"), name="review_subject_opened"),
                    models.Index(models.F("decided_at"), name="review_decided"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ["open", "appealed"])),
                        fields=("kind", "object_key"),
                        name="review_waits_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["open", "appealed"]), ("decided_at__isnull", False), _connector="OR"
                        ),
                        name="review_decided_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "appealed"), _negated=True),
                            ("appealed_at__isnull", False),
                            _connector="OR",
                        ),
                        name="review_appealed_at",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reports", to="safety.reviewitem"
                    ),
                ),
                (
                    "reporter",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("reporter_key", models.CharField(help_text="The person's account, or the guest's id.", max_length=48)),
                ("kind", models.CharField(max_length=20)),
                ("object_key", models.CharField(max_length=60)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reports_about",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("unkind", "It is mean or hurtful"),
                            ("unsafe", "It makes me feel unsafe"),
                            ("private", "It shows private information"),
                            ("cheating", "It looks like cheating"),
                            ("spam", "It is spam"),
                            ("other", "Something else is wrong"),
                        ],
                        max_length=8,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("is_upheld", models.BooleanField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(models.F("owner"), models.F("at"), name="report_owner_at"),
                    models.Index(models.F("reporter_key"), models.F("at"), name="report_reporter_at"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("settled_at", None)),
                        fields=("reporter_key", "kind", "object_key"),
                        name="report_open_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_upheld", None), ("settled_at", None)),
                            models.Q(("is_upheld__isnull", False), ("settled_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="report_settled_with_answer",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReviewStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="safety.reviewitem"
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("reported", "Reported"),
                            ("undone", "Undone"),
                            ("restored", "Restored"),
                            ("approved", "Approved"),
                            ("rejected", "Rejected"),
                            ("reopened", "Decision taken back"),
                            ("appealed", "Appealed"),
                        ],
                        max_length=8,
                    ),
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
                ("note", models.CharField(blank=True, default="", max_length=500)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(models.F("item"), models.F("at"), name="review_step_item_at")],
            },
        ),
        migrations.CreateModel(
            name="MailboxKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mailbox_keys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("key", models.CharField(max_length=32)),
                (
                    "proved_at",
                    models.DateTimeField(blank=True, help_text="Empty while the person only claims it.", null=True),
                ),
            ],
            options={
                "indexes": [models.Index(models.F("key"), models.F("proved_at"), name="mailbox_key_proved")],
                "constraints": [models.UniqueConstraint(models.F("user"), models.F("key"), name="mailbox_key_once")],
            },
        ),
        migrations.CreateModel(
            name="ReferralEdge",
            fields=[
                (
                    "referee",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="referral_edge",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "referrer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("depth", models.PositiveIntegerField(help_text="1 for the referees of a person whom nobody brought.")),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(models.F("referrer"), models.F("at"), name="referral_edge_referrer_at")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("depth__gte", 1)), name="referral_edge_from_1"),
                    models.CheckConstraint(
                        condition=models.Q(("referee", models.F("referrer")), _negated=True),
                        name="referral_edge_of_two",
                    ),
                ],
            },
        ),
    ]
