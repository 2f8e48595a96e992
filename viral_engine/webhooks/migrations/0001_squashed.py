import uuid

import django.db.models.deletion
from django.db import migrations, models

import viral_engine.kernel.encryption
import viral_engine.webhooks.models


class Migration(migrations.Migration):
    replaces = [("webhooks", "0001_initial")]

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="WebhookEndpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80, unique=True)),
                ("url", models.CharField(max_length=300, validators=[viral_engine.webhooks.models.validate_url])),
                (
                    "event_types",
                    models.JSONField(default=list, validators=[viral_engine.webhooks.models.validate_types]),
                ),
                ("is_active", models.BooleanField(default=True, help_text="Switched off, it hears of nothing.")),
                ("secret", viral_engine.kernel.encryption.EncryptedTextField(editable=False)),
                (
                    "previous_secret",
                    viral_engine.kernel.encryption.EncryptedTextField(blank=True, default="", editable=False),
                ),
                ("previous_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("failures", models.PositiveIntegerField(default=0, editable=False, help_text="In a row.")),
                ("retry_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("disabled_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("disabled_for", models.CharField(blank=True, default="", editable=False, max_length=200)),
                ("created_at", models.DateTimeField(editable=False)),
            ],
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                (
                    "dead_lettered_at",
                    models.DateTimeField(blank=True, help_text="Dead-lettered: a person must decide.", null=True),
                ),
                ("last_error", models.TextField(blank=True, default="")),
                ("message_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="webhooks.webhookendpoint",
                    ),
                ),
                ("type", models.CharField(max_length=40)),
                ("actor_id", models.BigIntegerField(blank=True, null=True)),
                ("data", models.JSONField(default=dict)),
                ("occurred_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(help_text="No attempt is made after this.")),
                ("delivered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "left_out",
                    models.CharField(blank=True, default="", help_text="Why nothing was sent.", max_length=40),
                ),
            ],
            options={
                "verbose_name_plural": "webhook deliveries",
                "indexes": [
                    models.Index(
                        models.F("leased_until"),
                        condition=models.Q(("dead_lettered_at", None), ("delivered_at", None)),
                        name="webhook_waiting",
                    ),
                    models.Index(models.F("created_at"), name="webhook_created"),
                ],
            },
        ),
        migrations.CreateModel(
            name="WebhookAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="log", to="webhooks.webhookdelivery"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "status",
                    models.PositiveSmallIntegerField(blank=True, help_text="Empty when nothing answered.", null=True),
                ),
                ("error", models.CharField(blank=True, default="", max_length=200)),
                ("took_ms", models.FloatField()),
            ],
        ),
    ]
