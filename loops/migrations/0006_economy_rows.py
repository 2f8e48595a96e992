from collections import defaultdict

from django.db import migrations

TERMS = [  # kind, daily cap, days it lasts, cents one costs
    ("points", 500, None, 0),
    ("ai_tutor_minutes", 60, 30, 4),
    ("class_pass", 2, 90, 900),
    ("streak_shield", 3, 7, 5),
    ("referral_xp", 500, None, 0),
]
WORTH = [
    ("complete_practice", 100, "Finished a practice"),
    ("complete_practice_test", 200, "Finished a practice test"),
    ("complete_diagnostic", 200, "Finished a diagnostic"),
    ("win_challenge", 50, "Won a challenge"),
    ("earn_achievement", 50, "Earned a badge"),
]
LIMITS = [  # scope, cents a day
    ("overall", 20_000),
    ("shop", 10_000),
    ("buddy_challenge", 5_000),
    ("results_rally", 5_000),
    ("proud_parent", 10_000),
    ("tutor_spotlight", 5_000),
    ("streak_rescue", 5_000),
    ("achievement_spotlight", 5_000),
]
ITEMS = [  # slug, title, text, kind, amount, theme, price
    ("shield", "Streak shield", "Saves your streak on a day you miss.", "streak_shield", 1, "", 300),
    (
        "ai-minutes",
        "15 AI-tutor minutes",
        "Ask the AI tutor whatever you are stuck on.",
        "ai_tutor_minutes",
        15,
        "",
        500,
    ),
    ("class-sampler", "Class sampler", "A pass for one live class of your choice.", "class_pass", 1, "", 1000),
    ("theme-ocean", "Ocean theme", "The site in blue.", "", 1, "ocean", 200),
    ("theme-forest", "Forest theme", "The site in green.", "", 1, "forest", 200),
    ("theme-sunset", "Sunset theme", "The site in warm red.", "", 1, "sunset", 200),
]


def add_rows(apps, _):
    """What the contract says, for admins to change from there; rows that exist are left alone."""
    terms, worth = apps.get_model("loops", "RewardTerms"), apps.get_model("loops", "ActionWorth")
    limits, items = apps.get_model("loops", "SpendLimit"), apps.get_model("loops", "ShopItem")
    for kind, daily_cap, lasts_days, cost_cents in TERMS:
        row = {"daily_cap": daily_cap, "lasts_days": lasts_days, "cost_cents": cost_cents}
        terms.objects.get_or_create(kind=kind, defaults=row)
    for action, points, reason in WORTH:
        worth.objects.get_or_create(action=action, defaults={"points": points, "reason": reason})
    for scope, cents in LIMITS:
        limits.objects.get_or_create(scope=scope, defaults={"cents_a_day": cents})
    for position, (slug, title, text, kind, amount, theme, price) in enumerate(ITEMS):
        row = {"title": title, "text": text, "kind": kind, "amount": amount, "theme": theme, "price": price}
        items.objects.get_or_create(slug=slug, defaults=row | {"position": position})


def keep_accounts(apps, _):
    """Each grant knows what is left of it: uses took from the oldest grant then alive."""
    entries = apps.get_model("loops", "RewardEntry").objects
    entries.filter(amount__lt=0).update(cause="use")
    accounts = defaultdict(list)
    for entry in entries.order_by("at", "pk"):
        lots = accounts[entry.user_id, entry.kind]
        if entry.amount > 0:
            entry.left = entry.amount
            lots.append(entry)
            continue
        owed = -entry.amount
        for lot in lots:
            if owed and (lot.expires_at is None or entry.at < lot.expires_at):
                part = min(owed, lot.left)
                lot.left -= part
                owed -= part
    changed = [lot for lots in accounts.values() for lot in lots if lot.left]
    entries.bulk_update(changed, ["left"], batch_size=500)


class Migration(migrations.Migration):
    """Second of three: the rows."""

    dependencies = [("loops", "0005_economy_tables")]
    operations = [
        migrations.RunPython(add_rows, migrations.RunPython.noop),
        migrations.RunPython(keep_accounts, migrations.RunPython.noop),
    ]
