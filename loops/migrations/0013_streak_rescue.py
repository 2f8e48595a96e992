import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Streaks that two people save together, and who plays."""

    dependencies = [("learning", "0006_tutoring_sessions"), ("loops", "0012_results_rally")]
    operations = [
        migrations.CreateModel(
            name="Rescue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("streak_days", models.PositiveIntegerField()),
                (
                    "deck",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rescue", to="learning.deck"
                    ),
                ),
                (
                    "link",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rescue", to="loops.link"
                    ),
                ),
            ],
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
                    "attempt",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rescue_entry", to="learning.attempt"
                    ),
                ),
                (
                    "rescue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="entries", to="loops.rescue"
                    ),
                ),
            ],
            options={"verbose_name_plural": "rescue entries"},
        ),
        migrations.AddConstraint(
            model_name="rescue",
            constraint=models.CheckConstraint(condition=models.Q(("streak_days__gte", 1)), name="rescue_of_a_streak"),
        ),
        migrations.AddConstraint(
            model_name="rescueentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "open"), ("settled_at", None)),
                    models.Q(models.Q(("outcome", "open"), _negated=True), ("settled_at__isnull", False)),
                    _connector="OR",
                ),
                name="rescue_entry_settled_with_outcome",
            ),
        ),
    ]
