from django.db import migrations

from viral_engine.staff.groups import grant

# What a parent asks of us, and support answers.
DECIDED = ("parentverification", "birthdatecorrection", "schoolrequest")


def grant_support(apps, _):
    grant(apps, "support", [f"accounts.{verb}_{model}" for model in DECIDED for verb in ("view", "change")])


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0003_staff_groups"),
        ("accounts", "0011_who_decided_corrections"),
    ]

    operations = [migrations.RunPython(grant_support, migrations.RunPython.noop)]
