from django.db import migrations
from django.db.models import F, Sum, Value
from django.db.models.functions import Greatest

UNUSABLE = "class-sampler"  # no class can be booked yet, so no pass is sold; passes that people hold stay theirs

OLD_TEXT = "Ask the AI tutor whatever you are stuck on."
NEW_TEXT = "Your helper explains a question of a result step by step, one minute each."


def _move_xp(apps, sign):
    """XP for inviting was in the ledger only. Held grants are left out: they reach XP when they are released."""
    entries = apps.get_model("loops", "RewardEntry").objects.filter(kind="referral_xp", user__role="student")
    progress = apps.get_model("learning", "Progress").objects
    counted = entries.filter(cause__in=["grant", "reversal"], held_at=None).order_by()
    for user_id, xp in counted.values_list("user_id").annotate(xp=Sum("amount")):
        progress.get_or_create(user_id=user_id)
        progress.filter(user_id=user_id).update(xp=Greatest(F("xp") + Value(sign * xp), Value(0)))


def forward(apps, _):
    _move_xp(apps, 1)
    items = apps.get_model("loops", "ShopItem").objects
    items.filter(slug=UNUSABLE).update(is_on=False)
    items.filter(slug="ai-minutes", text=OLD_TEXT).update(text=NEW_TEXT)


def backward(apps, _):
    _move_xp(apps, -1)
    apps.get_model("loops", "ShopItem").objects.filter(slug=UNUSABLE).update(is_on=True)


class Migration(migrations.Migration):
    dependencies = [("loops", "0005_question_help"), ("learning", "0007_skill_first_grade")]

    operations = [migrations.RunPython(forward, backward)]
