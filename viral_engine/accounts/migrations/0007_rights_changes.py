import django.db.models.functions.datetime
from django.db import migrations, models

from viral_engine.accounts.models import rights_triggers


def remove_triggers(_, schema_editor):
    """On the way back: without its log a trigger would refuse every write. `post_migrate` adds them."""
    rights_triggers.remove(schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_parents_are_verified"),
    ]

    operations = [
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
        migrations.RunPython(migrations.RunPython.noop, remove_triggers),
    ]
