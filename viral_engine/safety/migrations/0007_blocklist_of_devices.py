from datetime import UTC, datetime

from django.db import migrations, models
from django.db.models import Q


def block_accounts(apps, _):
    """A person on the blocklist becomes a blocked account; the entry goes."""
    of_people = apps.get_model("safety", "BlocklistEntry").objects.exclude(user=None)
    at = datetime.now(UTC)
    in_force = of_people.filter(Q(expires_at=None) | Q(expires_at__gt=at), lifted_at=None)
    users = apps.get_model("accounts", "User").objects
    users.filter(pk__in=list(in_force.values_list("user", flat=True)), blocked_at=None).update(blocked_at=at)
    of_people.delete()


class Migration(migrations.Migration):
    dependencies = [("safety", "0006_fill_proofs_of_mailboxes"), ("accounts", "0009_personal_data")]

    operations = [
        migrations.RunPython(block_accounts, migrations.RunPython.noop),
        migrations.RemoveConstraint(model_name="blocklistentry", name="blocklist_person_or_device"),
        migrations.RemoveConstraint(model_name="blocklistentry", name="blocklist_person_once"),
        migrations.RemoveConstraint(model_name="blocklistentry", name="blocklist_device_once"),
        migrations.RemoveField(model_name="blocklistentry", name="user"),
        migrations.AlterField(
            model_name="blocklistentry",
            name="device",
            field=models.CharField(
                help_text="The keyed hash of a device, as the review queue shows it.", max_length=32
            ),
        ),
        migrations.AddConstraint(
            model_name="blocklistentry",
            constraint=models.CheckConstraint(condition=~Q(device=""), name="blocklist_names_a_device"),
        ),
        migrations.AddConstraint(
            model_name="blocklistentry",
            constraint=models.UniqueConstraint(
                condition=Q(lifted_at=None), fields=("device",), name="blocklist_device_once"
            ),
        ),
    ]
