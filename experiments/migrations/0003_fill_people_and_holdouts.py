"""Fill the new columns of rows that exist: the person of each unit, applied holdouts, hash versions."""

from typing import Any

from django.db import migrations

OLD_NAMESPACES_HASH = 2
# The person of a tree is its first referrer: other members are exposed again when they next open a share sheet.
PEOPLE = """
INSERT INTO experiments_personexposure (exposure_id, person, at)
SELECT id, unit, at FROM experiments_exposure WHERE true
ON CONFLICT DO NOTHING
"""


def fill(apps: Any, schema_editor: Any) -> None:
    apps.get_model("experiments", "Namespace").objects.update(hash_version=OLD_NAMESPACES_HASH)
    active = dict(apps.get_model("experiments", "Holdout").objects.filter(is_on=True).values_list("name", "share_bp"))
    apps.get_model("experiments", "Phase").objects.filter(ended_at=None).update(holdouts=active)
    schema_editor.execute(PEOPLE)


class Migration(migrations.Migration):
    dependencies = [("experiments", "0002_readings_people_and_holdouts")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
