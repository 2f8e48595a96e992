from django.db import migrations

from viral_engine.accounts.rules import canonical_email
from viral_engine.kernel.client_identity import keyed_hash

BATCH = 1_000


def refill(apps, _):
    keys, users = apps.get_model("safety", "MailboxKey"), apps.get_model("accounts", "User")
    people = users.objects.exclude(email=None).values_list("pk", "email").order_by("pk")
    rows = (keys(user_id=user_id, key=keyed_hash("mailbox", canonical_email(email))) for user_id, email in people)
    keys.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)


class Migration(migrations.Migration):
    """The next migration makes the table again; on the way down it is filled here."""

    dependencies = [("safety", "0002_fill_mailbox_keys")]

    operations = [migrations.RunPython(migrations.RunPython.noop, refill)]
