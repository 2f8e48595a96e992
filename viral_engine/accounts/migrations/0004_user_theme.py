from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_friends_and_simulated_people")]
    operations = [
        migrations.AddField(
            model_name="user",
            name="theme",
            field=models.CharField(
                choices=[("violet", "Violet"), ("ocean", "Ocean"), ("forest", "Forest"), ("sunset", "Sunset")],
                default="violet",
                max_length=8,
            ),
        ),
    ]
