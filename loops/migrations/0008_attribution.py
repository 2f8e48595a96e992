import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loops", "0007_ledger_constraints")]
    operations = [
        migrations.CreateModel(
            name="AttributionWindow",
            fields=[
                (
                    "loop",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="attribution_window",
                        serialize=False,
                        to="loops.loop",
                    ),
                ),
                ("days", models.PositiveSmallIntegerField(default=30)),
            ],
        ),
        migrations.CreateModel(
            name="Credit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "model",
                    models.CharField(
                        choices=[
                            ("first", "First"),
                            ("last", "Last"),
                            ("linear", "Linear"),
                            ("position", "Position"),
                            ("decay", "Decay"),
                        ],
                        max_length=8,
                    ),
                ),
                ("basis_points", models.PositiveIntegerField(help_text="10,000 are the whole sign-up.")),
            ],
        ),
        migrations.AddField(
            model_name="referral",
            name="generation",
            field=models.PositiveIntegerField(
                default=1,
                help_text="1 for whom somebody brought who came by themselves, 2 for whom that one brought, ...",
            ),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(models.F("attributed_at"), name="referral_attributed"),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(("generation__gte", 1)), name="referral_generation_from_1"
            ),
        ),
        migrations.AddConstraint(
            model_name="attributionwindow",
            constraint=models.CheckConstraint(
                condition=models.Q(("days__range", (1, 90))), name="window_of_1_to_90_days"
            ),
        ),
        migrations.AddField(
            model_name="credit",
            name="referral",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="credits", to="loops.referral"
            ),
        ),
        migrations.AddField(
            model_name="credit",
            name="touch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="credits", to="loops.touch"
            ),
        ),
        migrations.AddConstraint(
            model_name="credit",
            constraint=models.UniqueConstraint(
                models.F("referral"), models.F("touch"), models.F("model"), name="credit_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="credit",
            constraint=models.CheckConstraint(
                condition=models.Q(("basis_points__range", (1, 10000))), name="credit_share_of_whole"
            ),
        ),
        migrations.AddConstraint(
            model_name="credit",
            constraint=models.CheckConstraint(
                condition=models.Q(("model__in", ["first", "last", "linear", "position", "decay"])),
                name="credit_model_known",
            ),
        ),
    ]
