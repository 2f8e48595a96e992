import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_user_theme"),
        ("learning", "0006_tutoring_sessions"),
        ("loops", "0014_achievement_spotlight"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Spotlight",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "discount_percent",
                    models.PositiveSmallIntegerField(default=50, help_text="Said before it was shared."),
                ),
                (
                    "deck",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="spotlight", to="learning.deck"
                    ),
                ),
                (
                    "link",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="spotlight", to="loops.link"
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        help_text="The lesson whose five stars led to it. Nothing of it is told.",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="spotlights",
                        to="learning.tutoringsession",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="spotlights", to="learning.subject"
                    ),
                ),
                (
                    "tutor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="spotlights",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BookingRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        blank=True, help_text="First name of the parent or the adult learner.", max_length=60
                    ),
                ),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("suits", models.CharField(blank=True, help_text="When a lesson would suit them.", max_length=120)),
                ("note", models.CharField(blank=True, default="", max_length=500)),
                (
                    "discount_percent",
                    models.PositiveSmallIntegerField(help_text="Off the first lesson, as it was promised."),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("accepted", "Accepted"),
                            ("declined", "Declined"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="requested",
                        max_length=9,
                    ),
                ),
                ("key", models.UUIDField(help_text="Made with the form; a repeated request meets it.", unique=True)),
                ("requested_at", models.DateTimeField()),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, help_text="When it was answered or taken back.", null=True),
                ),
                (
                    "guest",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bookings_made",
                        to="accounts.guest",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="bookings", to="learning.subject"
                    ),
                ),
                (
                    "tutor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bookings_received",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bookings_made",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "spotlight",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="bookings", to="loops.spotlight"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="spotlight",
            constraint=models.CheckConstraint(
                condition=models.Q(("discount_percent__range", (1, 100))), name="spotlight_discount_1_to_100"
            ),
        ),
        migrations.AddIndex(
            model_name="bookingrequest",
            index=models.Index(fields=["tutor", "-requested_at"], name="booking_tutor_newest"),
        ),
        migrations.AddConstraint(
            model_name="bookingrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("guest__isnull", False), ("user", None)),
                    models.Q(("guest", None), ("user__isnull", False)),
                    _connector="OR",
                ),
                name="booking_of_user_or_guest",
            ),
        ),
        migrations.AddConstraint(
            model_name="bookingrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at", None), ("status", "requested")),
                    models.Q(models.Q(("status", "requested"), _negated=True), ("closed_at__isnull", False)),
                    _connector="OR",
                ),
                name="booking_closed_with_answer",
            ),
        ),
        migrations.AddConstraint(
            model_name="bookingrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("discount_percent__range", (1, 100))), name="booking_discount_1_to_100"
            ),
        ),
        migrations.AddConstraint(
            model_name="bookingrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["requested", "accepted"]), ("user__isnull", False)),
                fields=("tutor", "user"),
                name="booking_one_live_of_user",
            ),
        ),
        migrations.AddConstraint(
            model_name="bookingrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("guest__isnull", False), ("status__in", ["requested", "accepted"])),
                fields=("tutor", "guest"),
                name="booking_one_live_of_guest",
            ),
        ),
    ]
