from django.db import migrations


def rename(apps, _):
    """A payout that was paid again had keys of its own; the newest grant now has the payout's key."""
    payouts, entries = apps.get_model("loops", "Payout"), apps.get_model("loops", "RewardEntry")
    for payout in payouts.objects.filter(attempt__gt=0):
        for *_rest, part in payout.rewards:
            key = f"{payout.key}:{part}"
            newest = entries.objects.filter(key=f"{key}#{payout.attempt}").first()
            if newest is not None:
                entries.objects.filter(key=key).update(key=f"{key}#0")
                entries.objects.filter(pk=newest.pk).update(key=key)


class Migration(migrations.Migration):
    dependencies = [("loops", "0011_session_actions_wait")]

    operations = [migrations.RunPython(rename, migrations.RunPython.noop)]
