"""Before a learner has one open practice of a skill: delete the older ones of several.

They are unfinished, so no result, XP or statistic counts them, and pages only ever offered the newest.
"""

from django.db import migrations
from django.db.models import Exists, OuterRef, Q


def delete_older_open_practice(apps, _):
    attempts = apps.get_model("learning", "Attempt").objects.filter(kind="practice", finished_at=None)
    newer = attempts.filter(user=OuterRef("user"), skill=OuterRef("skill")).filter(
        Q(started_at__gt=OuterRef("started_at")) | Q(started_at=OuterRef("started_at"), pk__gt=OuterRef("pk"))
    )
    attempts.filter(Exists(newer)).delete()


class Migration(migrations.Migration):
    dependencies = [("learning", "0001_initial")]

    operations = [migrations.RunPython(delete_older_open_practice, migrations.RunPython.noop)]
