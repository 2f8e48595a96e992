from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("experiments", "0001_initial")]

    operations = [
        migrations.RemoveConstraint("metric", "metric_one_primary"),
        migrations.RemoveConstraint("metric", "metric_guardrail_has_limit"),
        migrations.RenameField("metric", "part", "role"),
        migrations.AddConstraint(
            "metric",
            models.UniqueConstraint("experiment", condition=models.Q(role="primary"), name="metric_one_primary"),
        ),
        migrations.AddConstraint(
            "metric",
            models.CheckConstraint(
                condition=models.Q(models.Q(role="guardrail", _negated=True), ("limit__gt", 0), _connector="OR"),
                name="metric_guardrail_has_limit",
            ),
        ),
    ]
