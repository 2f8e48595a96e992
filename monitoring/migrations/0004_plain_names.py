import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0003_requests_by_slot")]

    operations = [
        migrations.RenameField("alert", "told", "detail"),
        migrations.RemoveConstraint("notice", "notice_once_a_turn"),
        migrations.RemoveConstraint("notice", "notice_turn_known"),
        migrations.RenameField("notice", "turn", "transition"),
        migrations.AddConstraint(
            "notice", models.UniqueConstraint("alert", "transition", "channel", name="notice_once_a_turn")
        ),
        migrations.AddConstraint(
            "notice",
            models.CheckConstraint(
                condition=models.Q(transition__in=["raised", "acknowledged", "resolved"]), name="notice_turn_known"
            ),
        ),
        migrations.AlterField(
            "notice",
            "alert",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="notifications", to="monitoring.alert"
            ),
        ),
        migrations.RenameField("growthmark", "turn", "version"),
        migrations.AlterField(
            "alert", "detail", models.CharField(max_length=300, help_text="The last measurement, in words.")
        ),
    ]
