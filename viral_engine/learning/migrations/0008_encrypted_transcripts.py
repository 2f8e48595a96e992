from django.db import migrations

import viral_engine.kernel.encryption

BATCH = 200


def _rewrite(sessions, convert):
    """The column is text before and after: rows of the old release stay readable while both releases run.

    A row is written only while it holds what was read: a transcript that is deleted meanwhile stays deleted.
    """
    for pk, stored in sessions.exclude(transcript="").values_list("pk", "transcript").iterator(chunk_size=BATCH):
        sessions.filter(pk=pk, transcript=stored).update(transcript=convert(stored))


def encrypt(apps, _):
    from viral_engine.kernel.encryption import MARK

    with_text = apps.get_model("learning", "TutoringSession").objects
    _rewrite(with_text, lambda text: text if text.startswith(MARK) else viral_engine.kernel.encryption.encrypt(text))


def decrypt(apps, _):
    _rewrite(apps.get_model("learning", "TutoringSession").objects, viral_engine.kernel.encryption.decrypt)


class Migration(migrations.Migration):
    dependencies = [("learning", "0007_skill_first_grade")]

    operations = [
        migrations.RunPython(encrypt, decrypt),  # while the column is still plain text to Django
        migrations.AlterField(
            model_name="tutoringsession",
            name="transcript",
            field=viral_engine.kernel.encryption.EncryptedTextField(blank=True, default=""),
        ),
    ]
