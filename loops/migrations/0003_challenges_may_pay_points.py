from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("learning", "0001_initial"),
        ("loops", "0002_titles_others_read"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="challenge",
            name="challenge_shields_1_to_3",
        ),
        migrations.AddField(
            model_name="challenge",
            name="points",
            field=models.PositiveSmallIntegerField(default=0, help_text="Reward of each side in place of shields."),
        ),
        migrations.AddConstraint(
            model_name="challenge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("points", 0), ("shields__range", (1, 3))),
                    models.Q(("points__range", (1, 500)), ("shields", 0)),
                    _connector="OR",
                ),
                name="challenge_shields_or_points",
            ),
        ),
    ]
