import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Badges that are shown around, with questions to try."""

    dependencies = [("learning", "0006_tutoring_sessions"), ("loops", "0013_streak_rescue")]
    operations = [
        migrations.CreateModel(
            name="ShownBadge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "achievement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shown",
                        to="learning.achievement",
                    ),
                ),
                (
                    "deck",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="shown_badge", to="learning.deck"
                    ),
                ),
                (
                    "link",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="shown_badge", to="loops.link"
                    ),
                ),
            ],
        ),
    ]
