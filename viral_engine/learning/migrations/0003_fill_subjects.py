from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill_subjects(apps, _):
    """Each round is of its skill's subject."""
    skills = apps.get_model("learning", "Skill").objects.filter(pk=OuterRef("skill"))
    for name in ("Attempt", "Result"):
        rounds = apps.get_model("learning", name).objects.filter(subject=None)
        rounds.update(subject=Subquery(skills.values("subject")))


def drop_rounds_of_subjects(apps, _):
    """The release before knows no round without a skill and could not read one."""
    apps.get_model("learning", "Attempt").objects.filter(skill=None).delete()


class Migration(migrations.Migration):
    """Step 2 of 3. Step 3 refuses rows without a subject, so it comes once the release before has stopped writing."""

    dependencies = [("learning", "0002_rounds_of_a_subject")]
    operations = [migrations.RunPython(fill_subjects, drop_rounds_of_subjects)]
