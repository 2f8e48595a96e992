from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("learning", "0004_slugs_are_topics")]

    operations = [
        migrations.AddConstraint(
            model_name="skill",
            constraint=models.CheckConstraint(
                condition=models.Q(("slug__regex", "\\A[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\\Z")),
                name="skill_slug_is_a_topic",
            ),
        ),
        migrations.AddConstraint(
            model_name="subject",
            constraint=models.CheckConstraint(
                condition=models.Q(("slug__regex", "\\A[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\\Z")),
                name="subject_slug_is_a_topic",
            ),
        ),
    ]
