from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("feeds", "0006_delete_messagereport")]

    operations = [
        migrations.AddIndex("activity", models.Index(fields=["cohort", "-at", "-id"], name="activity_cohort_newest")),
        migrations.AddIndex("activity", models.Index(fields=["actor", "-at", "-id"], name="activity_actor_newest")),
        migrations.RemoveIndex("activity", "activity_cohort"),
        migrations.RemoveIndex("activity", "activity_actor"),
    ]
