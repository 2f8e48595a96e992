from django.db import migrations, models

from viral_engine.staff import append_only


def guard(_, schema_editor):
    append_only.create_triggers(schema_editor.connection.vendor, schema_editor)


def unguard(_, schema_editor):
    append_only.drop_triggers(schema_editor.connection.vendor, schema_editor)


class Migration(migrations.Migration):
    replaces = [("staff", "0001_audit_chain")]

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                (
                    "actor_id",
                    models.BigIntegerField(
                        help_text="The id of the account that looked.", verbose_name="member of staff"
                    ),
                ),
                (
                    "person_id",
                    models.BigIntegerField(
                        blank=True, help_text="Empty for a list of many people.", null=True, verbose_name="child"
                    ),
                ),
                (
                    "what",
                    models.CharField(help_text="The page, without what was typed into its search.", max_length=200),
                ),
                ("reason", models.CharField(max_length=200)),
                (
                    "pruned_id",
                    models.BigIntegerField(
                        blank=True,
                        help_text="Of an anchor: the newest row that was deleted because of its age.",
                        null=True,
                    ),
                ),
                ("pruned_hash", models.CharField(blank=True, default="", max_length=64)),
                ("previous_hash", models.CharField(max_length=64, unique=True)),
                ("row_hash", models.CharField(max_length=64, unique=True)),
            ],
            options={
                "verbose_name_plural": "audit entries",
                "indexes": [
                    models.Index(models.F("person_id"), models.F("at"), name="audit_person_at"),
                    models.Index(models.F("actor_id"), models.F("at"), name="audit_actor_at"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="audit_has_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("pruned_hash", ""), ("pruned_id", None)),
                            models.Q(("pruned_id__isnull", False), models.Q(("pruned_hash", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="audit_anchor_is_whole",
                    ),
                ],
            },
        ),
        migrations.RunPython(guard, unguard),
    ]
