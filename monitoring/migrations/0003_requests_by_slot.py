from django.db import migrations, models

# Rows of before are single reports, each of its own microsecond; of two that share one, the first stays.
OF_ONE_INSTANT = """
DELETE FROM monitoring_requesttally
WHERE id NOT IN (SELECT MIN(id) FROM monitoring_requesttally GROUP BY at)
"""


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0002_growth")]

    operations = [
        migrations.RunSQL(OF_ONE_INSTANT, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="healthcheck",
            name="requests",
            field=models.PositiveIntegerField(default=0, help_text="Answered in the slot before."),
        ),
        migrations.AlterField(
            model_name="requesttally",
            name="at",
            field=models.DateTimeField(help_text="Where the slot begins.", unique=True),
        ),
        migrations.AlterField(model_name="requesttally", name="requests", field=models.PositiveIntegerField(default=0)),
    ]
