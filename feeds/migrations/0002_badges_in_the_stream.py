import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("feeds", "0001_initial"),
        ("learning", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="activity",
            name="activity_of_a_skill_or_a_subject",
        ),
        migrations.AddField(
            model_name="activity",
            name="achievement",
            field=models.ForeignKey(
                blank=True,
                help_text="For badges.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="learning.achievement",
            ),
        ),
        migrations.AlterField(
            model_name="activity",
            name="kind",
            field=models.CharField(
                choices=[
                    ("practice_completed", "Practiced"),
                    ("challenge_won", "Won a challenge"),
                    ("progress_shared", "Shared progress"),
                    ("cohort_challenge_created", "Challenged the cohort"),
                    ("practice_test_completed", "Took a practice test"),
                    ("diagnostic_completed", "Took a diagnostic"),
                    ("achievement_earned", "Earned a badge"),
                ],
                max_length=24,
            ),
        ),
        migrations.AddConstraint(
            model_name="activity",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("achievement", None),
                        ("kind__in", ["practice_test_completed", "diagnostic_completed"]),
                        ("skill", None),
                        ("subject__isnull", False),
                    ),
                    models.Q(("achievement__isnull", False), ("kind", "achievement_earned"), ("subject", None)),
                    models.Q(
                        models.Q(
                            ("kind__in", ["practice_test_completed", "diagnostic_completed", "achievement_earned"]),
                            _negated=True,
                        ),
                        ("achievement", None),
                        ("skill__isnull", False),
                        ("subject", None),
                    ),
                    _connector="OR",
                ),
                name="activity_of_a_skill_subject_or_badge",
            ),
        ),
    ]
