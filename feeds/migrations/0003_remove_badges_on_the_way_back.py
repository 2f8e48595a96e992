from django.db import migrations


def delete_badges(apps, _):
    """The older constraint knows no badges. A migration of its own, because deletes may not precede an ALTER TABLE."""
    apps.get_model("feeds", "Activity").objects.filter(kind="achievement_earned").delete()


class Migration(migrations.Migration):
    dependencies = [("feeds", "0002_badges_in_the_stream")]

    operations = [migrations.RunPython(migrations.RunPython.noop, delete_badges)]
