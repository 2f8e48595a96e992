"""Rows that a new site starts with; admins change them from there, and rows that exist are left alone."""

HOUR_S, DAY_S = 3600, 24 * 3600
LOOPS = [
    {"name": "buddy_challenge", "title": "Buddy Challenge", "expected_k": 0.35, "cooldown_s": HOUR_S, "min_score": 60},
    {"name": "results_rally", "title": "Results Rally", "expected_k": 0.28, "cooldown_s": DAY_S, "fewest_people": 5},
    {"name": "proud_parent", "title": "Proud Parent", "expected_k": 0.25, "cooldown_s": 7 * DAY_S},
    {"name": "tutor_spotlight", "title": "Tutor Spotlight", "expected_k": 0.30, "cooldown_s": DAY_S},
    # Not in the product brief's table: they start with cautious values.
    {"name": "streak_rescue", "title": "Streak Rescue", "expected_k": 0.20, "cooldown_s": DAY_S},
    {"name": "achievement_spotlight", "title": "Achievement Spotlight", "expected_k": 0.15, "cooldown_s": DAY_S},
    {"name": "session_intelligence", "title": "Tutoring session", "expected_k": 0.20, "cooldown_s": 0},
]
TERMS = [  # kind, daily cap, days it lasts, cents one costs
    ("points", 500, None, 0),
    ("ai_tutor_minutes", 60, 30, 4),
    ("class_pass", 2, 90, 900),
    ("streak_shield", 3, 7, 5),
    ("referral_xp", 500, None, 0),
]
POINTS = [  # action, points, what the person reads
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
    ("session_intelligence", 5_000),
]
ITEMS = [  # slug, title, text, kind, amount, theme, price
    ("shield", "Streak shield", "Saves your streak on a day you miss.", "streak_shield", 1, "", 300),
    (
        "ai-minutes",
        "15 AI-tutor minutes",
        "Your helper explains a question of a result step by step, one minute each.",
        "ai_tutor_minutes",
        15,
        "",
        500,
    ),
    ("theme-ocean", "Ocean theme", "The site in blue.", "", 1, "ocean", 200),
    ("theme-forest", "Forest theme", "The site in green.", "", 1, "forest", 200),
    ("theme-sunset", "Sunset theme", "The site in warm red.", "", 1, "sunset", 200),
]


def add_default_rows(apps, _):
    def objects(model):
        return apps.get_model("loops", model).objects

    for row in LOOPS:
        objects("Loop").get_or_create(name=row["name"], defaults=row)
    for kind, daily_cap, lasts_days, cost_cents in TERMS:
        row = {"daily_cap": daily_cap, "lasts_days": lasts_days, "cost_cents": cost_cents}
        objects("RewardTerms").get_or_create(kind=kind, defaults=row)
    for action, points, reason in POINTS:
        objects("ActionPoints").get_or_create(action=action, defaults={"points": points, "reason": reason})
    for scope, cents in LIMITS:
        objects("SpendLimit").get_or_create(scope=scope, defaults={"cents_a_day": cents})
    for position, (slug, title, text, kind, amount, theme, price) in enumerate(ITEMS):
        row = {"title": title, "text": text, "kind": kind, "amount": amount, "theme": theme, "price": price}
        objects("ShopItem").get_or_create(slug=slug, defaults=row | {"position": position})
