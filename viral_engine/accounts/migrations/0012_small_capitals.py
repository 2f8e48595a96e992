from itertools import count

from django.db import migrations

from viral_engine.kernel.text.characters import canonical_name, tidy_name

MAX_KEPT = 138  # of the 150 characters of a username


def fold_small_capitals(apps, _):
    """Give names in small capitals the key of plain letters. Where another account has it, a number goes behind the name."""
    User = apps.get_model("accounts", "User")
    for person in User.objects.only("username", "username_key").order_by("pk").iterator(chunk_size=1000):
        key = canonical_name(person.username)
        if key == person.username_key:
            continue
        if User.objects.filter(username_key__exact=key).exclude(pk=person.pk).exists():
            person.username = _free_name(User, person.username)
            key = canonical_name(person.username)
        User.objects.filter(pk=person.pk).update(username=person.username, username_key=key)


def _free_name(model, name):
    numbered = (f"{tidy_name(name)[:MAX_KEPT]}-{number}" for number in count(2))
    return next(free for free in numbered if not model.objects.filter(username_key=canonical_name(free)).exists())


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_who_decided_corrections")]

    operations = [migrations.RunPython(fold_small_capitals, migrations.RunPython.noop)]
