from django.db import migrations


def count_generations(apps, _):
    """One more than whoever brought the referrer."""
    referrals = apps.get_model("loops", "Referral").objects
    of_person, changed = {}, []
    for referral in referrals.order_by("attributed_at", "pk"):
        referral.generation = of_person[referral.referee_id] = 1 + of_person.get(referral.referrer_id, 0)
        if referral.generation > 1:
            changed.append(referral)
    referrals.bulk_update(changed, ["generation"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("loops", "0008_attribution")]
    operations = [migrations.RunPython(count_generations, migrations.RunPython.noop)]
