from django.db import migrations, models


class Migration(migrations.Migration):
    """Last of three: from here on the database refuses a line that does not add up."""

    dependencies = [("loops", "0006_economy_rows")]
    operations = [
        migrations.AddConstraint(
            model_name="rewardentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("amount__gt", 0), ("cause", "grant"), ("left__gte", 0), ("left__lte", models.F("amount"))
                    ),
                    models.Q(("amount__lt", 0), ("cause__in", ["use", "expiry"]), ("left", 0)),
                    models.Q(
                        ("amount__lt", 0), ("cause", "reversal"), ("left__gte", models.F("amount")), ("left__lte", 0)
                    ),
                    _connector="OR",
                ),
                name="reward_left_within_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="rewardentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cause__in", ["grant", "use"]), ("of", None)),
                    models.Q(("cause__in", ["expiry", "reversal"]), ("of__isnull", False)),
                    _connector="OR",
                ),
                name="reward_closes_a_grant",
            ),
        ),
        migrations.AddConstraint(
            model_name="rewardentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("held_at", None), ("cause", "grant"), _connector="OR"), name="reward_held_grant"
            ),
        ),
        migrations.AddConstraint(
            model_name="rewardentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("of__isnull", False)), fields=("of", "cause"), name="reward_closed_once_each_way"
            ),
        ),
    ]
