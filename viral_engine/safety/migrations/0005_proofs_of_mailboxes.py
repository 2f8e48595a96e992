import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("safety", "0004_refill_mailbox_keys_on_the_way_down"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # The primary key changes from the person to a number of its own, so the table is made again.
        migrations.DeleteModel("MailboxKey"),
        migrations.CreateModel(
            name="MailboxKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mailbox_keys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("key", models.CharField(max_length=32)),
                (
                    "proved_at",
                    models.DateTimeField(blank=True, help_text="Empty while the person only claims it.", null=True),
                ),
            ],
            options={
                "indexes": [models.Index("key", "proved_at", name="mailbox_key_proved")],
                "constraints": [models.UniqueConstraint("user", "key", name="mailbox_key_once")],
            },
        ),
    ]
