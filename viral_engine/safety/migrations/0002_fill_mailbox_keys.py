from django.db import migrations

from viral_engine.accounts.rules import canonical_email
from viral_engine.kernel.client_identity import keyed_hash

BATCH = 1_000


def fill(apps, _):
    keys, users = apps.get_model("safety", "MailboxKey"), apps.get_model("accounts", "User")
    people = users.objects.exclude(email=None).values_list("pk", "email").order_by("pk")
    rows = []
    for user_id, email in people.iterator(chunk_size=BATCH):
        rows.append(keys(user_id=user_id, key=keyed_hash("mailbox", canonical_email(email))))
        if len(rows) == BATCH:
            keys.objects.bulk_create(rows, ignore_conflicts=True)
            rows = []
    keys.objects.bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("safety", "0001_review_and_signals")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
