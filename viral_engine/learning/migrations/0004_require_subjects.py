import django.db.models.deletion
from django.db import migrations, models

SUBJECT = {"on_delete": django.db.models.deletion.PROTECT, "to": "learning.subject"}


class Migration(migrations.Migration):
    """Step 3 of 3: the database refuses a round without a subject, and one of the wrong shape."""

    dependencies = [("accounts", "0003_friends_and_simulated_people"), ("learning", "0003_fill_subjects")]
    operations = [
        migrations.AlterField("attempt", "subject", models.ForeignKey(related_name="attempts", **SUBJECT)),
        migrations.AlterField("result", "subject", models.ForeignKey(related_name="results", **SUBJECT)),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(
                models.F("deadline_at"),
                condition=models.Q(("deadline_at__isnull", False), ("finished_at", None)),
                name="attempt_deadline",
            ),
        ),
        migrations.AddIndex(
            model_name="result",
            index=models.Index(
                models.F("subject"), models.F("score"), condition=models.Q(("skill", None)), name="result_subject_score"
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["practice", "challenge"]), ("skill__isnull", False)),
                    models.Q(("kind__in", ["practice_test", "diagnostic"]), ("skill", None)),
                    _connector="OR",
                ),
                name="attempt_skill_unless_of_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("deadline_at__isnull", False),
                        ("kind", "practice_test"),
                        ("paused_at", None),
                        ("paused_s", 0),
                        ("deadline_at__gt", models.F("started_at")),
                    ),
                    models.Q(models.Q(("kind", "practice_test"), _negated=True), ("deadline_at", None)),
                    _connector="OR",
                ),
                name="attempt_test_has_a_deadline_and_no_pause",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("deadline_at", None),
                    ("finished_at", None),
                    ("finished_at__lte", models.F("deadline_at")),
                    _connector="OR",
                ),
                name="attempt_ends_by_its_deadline",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("finished_at", None), ("kind__in", ["practice_test", "diagnostic"])),
                fields=("user", "subject", "kind"),
                name="attempt_one_open_per_user_and_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("finished_at", None), ("kind__in", ["practice_test", "diagnostic"]), ("user", None)
                ),
                fields=("guest", "subject", "kind"),
                name="attempt_one_open_per_guest_and_subject",
            ),
        ),
    ]
