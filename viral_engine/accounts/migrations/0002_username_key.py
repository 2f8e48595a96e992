import django.db.models
from django.db import migrations

import viral_engine.accounts.models.fields
import viral_engine.kernel.text.validators


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="username_key",
            field=viral_engine.accounts.models.fields.NameKeyField(
                editable=False, max_length=450, null=True, of="username"
            ),
        ),
        migrations.AlterField(
            model_name="user",
            name="email",
            field=viral_engine.accounts.models.fields.MailboxColumn(
                blank=True, max_length=254, null=True, unique=True, verbose_name="e-mail"
            ),
        ),
        migrations.AlterField(
            model_name="user",
            name="first_name",
            field=django.db.models.CharField(
                blank=True, max_length=150, validators=[viral_engine.kernel.text.validators.validate_shown_name]
            ),
        ),
        migrations.AlterField(
            model_name="user",
            name="last_name",
            field=django.db.models.CharField(
                blank=True, max_length=150, validators=[viral_engine.kernel.text.validators.validate_shown_name]
            ),
        ),
        migrations.AlterField(
            model_name="user",
            name="username",
            field=django.db.models.CharField(
                error_messages={"unique": "This name is taken. Try another one."},
                max_length=150,
                unique=True,
                validators=[viral_engine.kernel.text.validators.validate_username],
            ),
        ),
    ]
