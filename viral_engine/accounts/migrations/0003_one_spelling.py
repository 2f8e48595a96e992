from itertools import count

from django.db import migrations
from django.db.models import Max

from viral_engine.kernel.text.characters import canonical_name, tidy_name
from viral_engine.kernel.text.mailboxes import NotAMailbox, canonical_mailbox

MAX_KEPT = 138  # of the 150 characters of a username
PAGE = 1000


def fill_keys(apps, _):
    """Give every account its canonical name. Of several spellings of one name the oldest account keeps it.

    The others could not log in by that name before. They get a number behind it: ADA, after ada, becomes ADA-2.
    """
    User = apps.get_model("accounts", "User")
    taken = set()
    last = User.objects.aggregate(last=Max("pk"))["last"] or 0
    for first in range(1, last + 1, PAGE):
        people = list(User.objects.filter(pk__range=(first, first + PAGE - 1)).only("username").order_by("pk"))
        for person in people:
            if canonical_name(person.username) in taken:
                person.username = _free_name(User, person.username, taken)
            person.username_key = canonical_name(person.username)
            taken.add(person.username_key)
        User.objects.bulk_update(people, ["username", "username_key"], batch_size=100)


def _free_name(model, name, taken):
    numbered = (f"{tidy_name(name)[:MAX_KEPT]}-{number}" for number in count(2))
    is_used = model.objects.filter
    return next(
        free for free in numbered if canonical_name(free) not in taken and not is_used(username__iexact=free).exists()
    )


def fold_mailboxes(apps, _):
    """Store every address in its one spelling, but for addresses that another account has in it."""
    for model in (apps.get_model("accounts", "User"), apps.get_model("account", "EmailAddress")):
        rows = model.objects.exclude(email=None).values_list("pk", "email")
        for pk, email in list(rows):
            try:
                folded = canonical_mailbox(email)
            except NotAMailbox:
                continue
            if folded != email and not model.objects.filter(email__exact=folded).exclude(pk=pk).exists():
                model.objects.filter(pk=pk).update(email=folded)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_username_key"), ("account", "0009_emailaddress_unique_primary_email")]

    operations = [
        migrations.RunPython(fill_keys, migrations.RunPython.noop),
        migrations.RunPython(fold_mailboxes, migrations.RunPython.noop),
    ]
