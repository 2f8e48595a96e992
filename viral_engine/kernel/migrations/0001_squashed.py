import django.db.models.deletion
from django.db import migrations, models

import viral_engine.kernel.encryption


class Migration(migrations.Migration):
    replaces = [("kernel", "0001_initial"), ("kernel", "0002_personal_data"), ("kernel", "0003_outgoing_mail")]

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Exclusive",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("held_until", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="RetentionState",
            fields=[
                ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("checked_at", models.DateTimeField()),
                (
                    "oldest_at",
                    models.DateTimeField(blank=True, help_text="The oldest row that a purge will reach.", null=True),
                ),
                ("purged", models.PositiveBigIntegerField(default=0, help_text="Rows purged so far.")),
            ],
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("agent", models.CharField(max_length=40)),
                ("actor_id", models.BigIntegerField(blank=True, null=True)),
                ("guest_id", models.CharField(blank=True, default="", max_length=36)),
                (
                    "type",
                    models.CharField(help_text="The event type or action that the agent decided on.", max_length=40),
                ),
                ("outcome", models.CharField(max_length=40)),
                ("rationale", models.TextField()),
                ("features", models.JSONField(default=dict)),
                ("alternatives", models.JSONField(default=list)),
                ("is_degraded", models.BooleanField(default=False)),
                ("latency_ms", models.FloatField(default=0)),
                ("decided_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(models.F("agent"), models.F("decided_at"), name="decision_agent_at"),
                    models.Index(models.F("decided_at"), name="decision_at"),
                    models.Index(
                        models.F("actor_id"), models.F("agent"), models.F("decided_at"), name="decision_actor_agent_at"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LoggedEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("type", models.CharField(max_length=40)),
                ("actor_id", models.BigIntegerField(blank=True, null=True)),
                ("guest_id", models.CharField(blank=True, default="", max_length=36)),
                ("link_code", models.CharField(blank=True, default="", max_length=8)),
                ("properties", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
                ("idempotency_key", models.CharField(blank=True, max_length=120, null=True, unique=True)),
                (
                    "is_invalid",
                    models.BooleanField(default=False, help_text="Left out of every count; kept for the record."),
                ),
            ],
            options={
                "verbose_name": "event",
                "indexes": [
                    models.Index(models.F("type"), models.F("at"), name="event_type_at"),
                    models.Index(models.F("at"), name="event_at"),
                    models.Index(models.F("actor_id"), models.F("type"), models.F("at"), name="event_actor_type_at"),
                    models.Index(
                        models.F("link_code"),
                        models.F("type"),
                        condition=models.Q(("link_code", ""), _negated=True),
                        name="event_link_type",
                    ),
                    models.Index(models.F("id"), condition=models.Q(("is_invalid", True)), name="event_invalid"),
                ],
            },
        ),
        migrations.CreateModel(
            name="OutgoingMail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                (
                    "dead_lettered_at",
                    models.DateTimeField(blank=True, help_text="Dead-lettered: a person must decide.", null=True),
                ),
                ("last_error", models.TextField(blank=True, default="")),
                ("kind", models.CharField(help_text="The template, without its folder.", max_length=60)),
                (
                    "person_id",
                    models.BigIntegerField(blank=True, help_text="Empty where no account has the mailbox.", null=True),
                ),
                ("mailbox", viral_engine.kernel.encryption.EncryptedTextField(blank=True, default="")),
                ("subject", viral_engine.kernel.encryption.EncryptedTextField(blank=True, default="")),
                ("text", viral_engine.kernel.encryption.EncryptedTextField(blank=True, default="")),
                ("html", viral_engine.kernel.encryption.EncryptedTextField(blank=True, default="")),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("leased_until"),
                        models.F("id"),
                        condition=models.Q(("dead_lettered_at", None), ("sent_at", None)),
                        name="mail_waiting",
                    ),
                    models.Index(models.F("created_at"), name="mail_created"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PeriodicRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("task", models.CharField(max_length=80)),
                ("slot", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(models.F("task"), models.F("slot"), name="slot_run_once")],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
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
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="kernel.loggedevent"
                    ),
                ),
                ("listener", models.CharField(max_length=120)),
                ("processed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name_plural": "deliveries",
                "indexes": [
                    models.Index(
                        models.F("leased_until"), condition=models.Q(("processed_at", None)), name="delivery_waiting"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(models.F("event"), models.F("listener"), name="delivery_once_per_listener")
                ],
            },
        ),
    ]
