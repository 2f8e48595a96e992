import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import viral_engine.api.models.keys


class Migration(migrations.Migration):
    replaces = [("api", "0001_initial")]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiProgram",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, unique=True)),
                (
                    "is_active",
                    models.BooleanField(default=True, help_text="Switched off, none of its keys opens anything."),
                ),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="keys", to="api.apiprogram"
                    ),
                ),
                (
                    "prefix",
                    models.CharField(help_text="The public part, to recognize a key by.", max_length=12, unique=True),
                ),
                ("secret_hash", models.CharField(editable=False, max_length=64, unique=True)),
                ("scopes", models.JSONField(default=list, validators=[viral_engine.api.models.keys.validate_scopes])),
                ("requests_per_minute", models.PositiveIntegerField(default=1200)),
                ("created_at", models.DateTimeField()),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("rotated_at", models.DateTimeField(blank=True, help_text="When a new key replaced it.", null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("last_used_at", models.DateTimeField(blank=True, help_text="To the minute.", null=True)),
            ],
            options={
                "verbose_name": "API key",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("requests_per_minute__gt", 0)), name="api_key_may_ask"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expires_at", None), ("expires_at__gt", models.F("created_at")), _connector="OR"
                        ),
                        name="api_key_expires_after_creation",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExternalCohort",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="cohorts", to="api.apiprogram"
                    ),
                ),
                ("external_id", models.CharField(max_length=120)),
                (
                    "cohort",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="external_ids", to="accounts.cohort"
                    ),
                ),
                ("linked_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("program"), models.F("external_id"), name="external_cohort_once"),
                    models.UniqueConstraint(models.F("program"), models.F("cohort"), name="external_cohort_one_id"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExternalPerson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="people", to="api.apiprogram"
                    ),
                ),
                ("external_id", models.CharField(max_length=120)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="external_ids",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("linked_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "external people",
                "constraints": [
                    models.UniqueConstraint(models.F("program"), models.F("external_id"), name="external_person_once"),
                    models.UniqueConstraint(models.F("program"), models.F("user"), name="external_person_one_id"),
                ],
            },
        ),
        migrations.CreateModel(
            name="IdempotentRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="requests", to="api.apiprogram"
                    ),
                ),
                ("key", models.CharField(max_length=80)),
                ("request_hash", models.CharField(help_text="Of the method, the path and the body.", max_length=64)),
                ("status", models.PositiveSmallIntegerField(default=0)),
                ("answer", models.TextField(default="", help_text="JSON.")),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(models.F("created_at"), name="api_request_created")],
                "constraints": [
                    models.UniqueConstraint(models.F("program"), models.F("key"), name="api_request_once_per_key")
                ],
            },
        ),
    ]
