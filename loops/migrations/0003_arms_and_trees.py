from django.db import migrations, models


def name_trees(apps, _):
    """Every link belongs to the tree of its inviter: the referrals there are, read in order, tell whose that is."""
    link, referral = apps.get_model("loops", "Link"), apps.get_model("loops", "Referral")
    first = {}  # user -> person id of the first inviter
    for owed in referral.objects.select_related("referrer").order_by("attributed_at", "pk").iterator():
        first[owed.referee_id] = first.get(owed.referrer_id, str(owed.referrer.person_id))
    for one in link.objects.filter(tree="").select_related("inviter").iterator():
        tree = first.get(one.inviter_id, str(one.inviter.person_id))
        link.objects.filter(pk=one.pk).update(tree=tree)


class Migration(migrations.Migration):
    """Links carry the arm of their inviter and the tree they grow; challenges say what each side wins."""

    dependencies = [("loops", "0002_buddy_challenge")]
    operations = [
        migrations.AddField(
            "link",
            "tree",
            models.CharField(
                default="",
                help_text="Person id of the first inviter of the tree the inviter is in.",
                max_length=36,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "link",
            "arms",
            models.JSONField(default=list, help_text="Arms of the inviter, so that who follows meets the same."),
        ),
        migrations.AddField(
            "link",
            "words",
            models.JSONField(default=dict, help_text="Copy an arm puts in place of the loop's own."),
        ),
        migrations.AddField(
            "challenge",
            "shields",
            models.PositiveSmallIntegerField(default=1, help_text="What each side wins; said before it was shared."),
        ),
        migrations.AddConstraint(
            "challenge",
            models.CheckConstraint(condition=models.Q(("shields__range", (1, 3))), name="challenge_shields_1_to_3"),
        ),
        migrations.RunPython(name_trees, migrations.RunPython.noop),
    ]
