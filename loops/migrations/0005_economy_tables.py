import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """First of three: what the ledger, the shop and attribution gain. The old code runs beside it."""

    dependencies = [
        ("loops", "0004_learned_k"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ActionWorth",
            fields=[
                ("action", models.SlugField(max_length=40, primary_key=True, serialize=False)),
                ("points", models.PositiveIntegerField()),
                ("reason", models.CharField(help_text="What the person reads beside the points.", max_length=120)),
                ("is_on", models.BooleanField(default=True)),
            ],
            options={
                "verbose_name": "worth of actions",
                "verbose_name_plural": "worth of actions",
            },
        ),
        migrations.CreateModel(
            name="Purchase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("price", models.PositiveIntegerField()),
                (
                    "theme",
                    models.CharField(blank=True, default="", help_text="The theme it gave, if any.", max_length=8),
                ),
                ("key", models.UUIDField(help_text="Made by the page that asked: a repeated press buys once.")),
                ("bought_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="RewardTerms",
            fields=[
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("points", "Points"),
                            ("ai_tutor_minutes", "AI-tutor minutes"),
                            ("class_pass", "Class passes"),
                            ("streak_shield", "Streak shields"),
                            ("referral_xp", "XP for inviting"),
                        ],
                        max_length=20,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("daily_cap", models.PositiveIntegerField(help_text="The most that one person is granted in a day.")),
                (
                    "lasts_days",
                    models.PositiveIntegerField(blank=True, help_text="Empty: it never runs out.", null=True),
                ),
                ("cost_cents", models.PositiveIntegerField(help_text="What one of it costs us.")),
            ],
            options={
                "verbose_name": "reward terms",
                "verbose_name_plural": "reward terms",
            },
        ),
        migrations.CreateModel(
            name="ShopItem",
            fields=[
                ("slug", models.SlugField(max_length=40, primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=60)),
                ("text", models.CharField(blank=True, default="", max_length=160)),
                ("kind", models.CharField(blank=True, default="", max_length=20)),
                ("amount", models.PositiveIntegerField(default=1)),
                (
                    "theme",
                    models.CharField(
                        blank=True,
                        choices=[("violet", "Violet"), ("ocean", "Ocean"), ("forest", "Forest"), ("sunset", "Sunset")],
                        default="",
                        max_length=8,
                    ),
                ),
                ("price", models.PositiveIntegerField(help_text="In points.")),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("is_on", models.BooleanField(default=True)),
            ],
            options={
                "ordering": ["position", "slug"],
            },
        ),
        migrations.CreateModel(
            name="SpendDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scope", models.SlugField(max_length=40)),
                ("on", models.DateField()),
                ("spent_cents", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="SpendLimit",
            fields=[
                (
                    "scope",
                    models.SlugField(
                        help_text='A loop, "shop", or "overall" for all.',
                        max_length=40,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("cents_a_day", models.PositiveIntegerField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="rewardentry",
            name="reward_kind_known",
        ),
        migrations.RemoveIndex(
            model_name="rewardentry",
            name="reward_user_kind",
        ),
        migrations.AddField(
            model_name="rewardentry",
            name="cause",
            field=models.CharField(
                choices=[("grant", "Grant"), ("use", "Use"), ("expiry", "Expiry"), ("reversal", "Reversal")],
                default="grant",
                max_length=8,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="rewardentry",
            name="earned_by",
            field=models.ForeignKey(
                blank=True,
                help_text="The child under 13 whose parent it was paid to.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="rewardentry",
            name="held_at",
            field=models.DateTimeField(
                blank=True, help_text="Set: it waits for a review and cannot be used.", null=True
            ),
        ),
        migrations.AddField(
            model_name="rewardentry",
            name="held_for",
            field=models.CharField(blank=True, default="", max_length=120),
        ),
        migrations.AddField(
            model_name="rewardentry",
            name="left",
            field=models.IntegerField(default=0, help_text="Still to use; negative: still owed."),
        ),
        migrations.AddField(
            model_name="rewardentry",
            name="loop",
            field=models.CharField(
                blank=True, default="", help_text="Which loop, or the shop, granted it.", max_length=40
            ),
        ),
        migrations.AddField(
            model_name="rewardentry",
            name="of",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="closed_by",
                to="loops.rewardentry",
            ),
        ),
        migrations.AddIndex(
            model_name="rewardentry",
            index=models.Index(models.F("user"), models.F("at"), name="reward_user_at"),
        ),
        migrations.AddIndex(
            model_name="rewardentry",
            index=models.Index(
                models.F("user"), models.F("kind"), condition=models.Q(("left", 0), _negated=True), name="reward_open"
            ),
        ),
        migrations.AddIndex(
            model_name="rewardentry",
            index=models.Index(models.F("expires_at"), condition=models.Q(("left__gt", 0)), name="reward_to_expire"),
        ),
        migrations.AddConstraint(
            model_name="rewardentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["points", "ai_tutor_minutes", "class_pass", "streak_shield", "referral_xp"])
                ),
                name="reward_kind_known",
            ),
        ),
        migrations.AddField(
            model_name="purchase",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="purchases", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="rewardterms",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["points", "ai_tutor_minutes", "class_pass", "streak_shield", "referral_xp"])
                ),
                name="reward_terms_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="rewardterms",
            constraint=models.CheckConstraint(
                condition=models.Q(("lasts_days", 0), _negated=True), name="reward_terms_last_a_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="shopitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gte", 1), ("price__gte", 1)), name="shop_item_not_free"
            ),
        ),
        migrations.AddConstraint(
            model_name="shopitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind__in", ["ai_tutor_minutes", "class_pass", "streak_shield", "referral_xp"]), ("theme", "")
                    ),
                    models.Q(("kind", ""), models.Q(("theme", ""), _negated=True)),
                    _connector="OR",
                ),
                name="shop_item_reward_or_theme",
            ),
        ),
        migrations.AddField(
            model_name="purchase",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="purchases", to="loops.shopitem"
            ),
        ),
        migrations.AddConstraint(
            model_name="spendday",
            constraint=models.UniqueConstraint(models.F("scope"), models.F("on"), name="spend_day_once"),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.UniqueConstraint(models.F("user"), models.F("key"), name="purchase_once_per_key"),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.UniqueConstraint(
                condition=models.Q(("theme", ""), _negated=True), fields=("user", "theme"), name="purchase_theme_once"
            ),
        ),
    ]
