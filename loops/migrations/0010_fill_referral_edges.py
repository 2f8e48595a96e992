from django.db import migrations


def fill(apps, _):
    edges, referrals = apps.get_model("safety", "ReferralEdge"), apps.get_model("loops", "Referral")
    rows = [
        edges(referee_id=one.referee_id, referrer_id=one.referrer_id, depth=one.generation, at=one.attributed_at)
        for one in referrals.objects.order_by("pk").iterator()
    ]
    edges.objects.bulk_create(rows, batch_size=1_000, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("loops", "0009_payouts"), ("safety", "0001_review_and_signals")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
