import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

HOUR_S, DAY_S = 3600, 24 * 3600
# SPEC 7.3; the last two are not in its table and start with cautious values.
LOOPS = (
    {"name": "results_rally", "title": "Results Rally", "expected_k": 0.28, "cooldown_s": DAY_S, "fewest_people": 5},
    {"name": "proud_parent", "title": "Proud Parent", "expected_k": 0.25, "cooldown_s": 7 * DAY_S},
    {"name": "tutor_spotlight", "title": "Tutor Spotlight", "expected_k": 0.30, "cooldown_s": DAY_S},
    {"name": "streak_rescue", "title": "Streak Rescue", "expected_k": 0.20, "cooldown_s": DAY_S},
    {"name": "achievement_spotlight", "title": "Achievement Spotlight", "expected_k": 0.15, "cooldown_s": DAY_S},
)


def add_loops(apps, _):
    for row in LOOPS:
        apps.get_model("loops", "Loop").objects.get_or_create(name=row["name"], defaults=row)


class Migration(migrations.Migration):
    """Every loop and its settings; admins change the rows from there."""

    dependencies = [("loops", "0009_generations"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.AddField(
            model_name="link",
            name="about",
            field=models.ForeignKey(
                blank=True,
                help_text="The child it tells of, where that is not the inviter: without consent for the child it goes dark.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="links_about",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="link",
            name="dark_for",
            field=models.CharField(
                blank=True,
                choices=[
                    ("consent", "A parent's consent was withdrawn"),
                    ("person", "Whoever shared it took it back"),
                    ("office", "The office switched it off"),
                ],
                default="",
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="link",
            constraint=models.CheckConstraint(
                condition=models.Q(("dark_for", ""), ("deactivated_at__isnull", False), _connector="OR"),
                name="link_dark_for_when_dark",
            ),
        ),
        migrations.AddField(
            model_name="loop",
            name="fewest_people",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="How many of the cohort must have been active in 7 days."
            ),
        ),
        migrations.RunPython(add_loops, migrations.RunPython.noop),
    ]
