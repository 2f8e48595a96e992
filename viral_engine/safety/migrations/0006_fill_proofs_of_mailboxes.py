from django.db import migrations

from viral_engine.accounts.rules import canonical_email
from viral_engine.kernel.client_identity import keyed_hash

BATCH = 1_000


def fill(apps, _):
    """Every address that an account claims; a proof counts from the day the account was made."""
    keys, addresses = apps.get_model("safety", "MailboxKey"), apps.get_model("account", "EmailAddress")
    known = addresses.objects.values_list("user", "email", "verified", "user__date_joined").order_by("-verified", "pk")
    rows = []
    for user_id, email, is_proved, joined in known.iterator(chunk_size=BATCH):
        key = keyed_hash("mailbox", canonical_email(email))
        rows.append(keys(user_id=user_id, key=key, proved_at=joined if is_proved else None))
        if len(rows) == BATCH:
            keys.objects.bulk_create(rows, ignore_conflicts=True)
            rows = []
    keys.objects.bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("safety", "0005_proofs_of_mailboxes"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
