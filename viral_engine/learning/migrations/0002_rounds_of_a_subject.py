import django.db.models.deletion
from django.db import migrations, models

SUBJECT = {"on_delete": django.db.models.deletion.PROTECT, "to": "learning.subject"}
SKILL = {
    "on_delete": django.db.models.deletion.PROTECT,
    "to": "learning.skill",
    "null": True,
    "blank": True,
    "help_text": "Empty for what covers a whole subject.",
}


class Migration(migrations.Migration):
    """Step 1 of 3: room for a subject beside the skill; what runs the release before goes on writing without it."""

    dependencies = [("learning", "0001_initial")]
    operations = [
        migrations.AddField("attempt", "subject", models.ForeignKey(null=True, related_name="attempts", **SUBJECT)),
        migrations.AddField("result", "subject", models.ForeignKey(null=True, related_name="results", **SUBJECT)),
        migrations.AlterField("attempt", "skill", models.ForeignKey(related_name="attempts", **SKILL)),
        migrations.AlterField("result", "skill", models.ForeignKey(related_name="results", **SKILL)),
        migrations.AddField(
            "attempt",
            "deadline_at",
            models.DateTimeField(blank=True, help_text="A test ends here, handed in or not.", null=True),
        ),
        migrations.AlterField(
            "attempt",
            "kind",
            models.CharField(
                choices=[
                    ("practice", "Practice"),
                    ("challenge", "Challenge"),
                    ("practice_test", "Practice test"),
                    ("diagnostic", "Diagnostic"),
                ],
                default="practice",
                max_length=14,
            ),
        ),
    ]
