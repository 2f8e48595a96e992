from django.db import migrations


def add_loop(apps, _):
    apps.get_model("loops", "Loop").objects.get_or_create(
        name="buddy_challenge",
        defaults={"title": "Buddy Challenge", "expected_k": 0.35, "cooldown_s": 3600, "min_score": 60},
    )


class Migration(migrations.Migration):
    """The loop and its settings of SPEC 7.3; admins change the row from there."""

    dependencies = [("loops", "0001_initial")]
    operations = [migrations.RunPython(add_loop, migrations.RunPython.noop)]
