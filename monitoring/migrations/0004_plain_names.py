from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0003_requests_by_slot")]

    operations = [
        migrations.RenameField("alert", "told", "detail"),
        migrations.AlterField(
            "alert", "detail", models.CharField(max_length=300, help_text="The last measurement, in words.")
        ),
    ]
