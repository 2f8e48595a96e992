from django.db import migrations
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce


def set_subject_of_last_attempt(apps, _):
    """People who practiced before practice kept their current subject get that of their last attempt."""
    attempts = apps.get_model("learning", "Attempt").objects.filter(user=OuterRef("pk")).order_by("-started_at")
    newest = Subquery(attempts.values("subject__slug")[:1])
    without = apps.get_model("accounts", "User").objects.filter(current_subject="")
    without.update(current_subject=Coalesce(newest, "current_subject"))


class Migration(migrations.Migration):
    dependencies = [("learning", "0005_slug_constraints"), ("accounts", "0001_initial")]

    operations = [migrations.RunPython(set_subject_of_last_attempt, migrations.RunPython.noop)]
