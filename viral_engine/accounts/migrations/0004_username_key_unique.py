from django.db import migrations

import viral_engine.accounts.models.fields


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_one_spelling")]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="username_key",
            field=viral_engine.accounts.models.fields.NameKeyField(
                editable=False,
                error_messages={"unique": "This name is taken. Try another one."},
                max_length=450,
                of="username",
                unique=True,
            ),
        ),
    ]
