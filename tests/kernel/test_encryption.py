"""Encrypted columns: unreadable in the database, searched by emptiness alone, and rotated from key to key."""

from datetime import datetime
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from tests.learning.sessions import VTT, session_draft, tutor_and_student
from viral_engine.kernel.encryption import DecryptionFailed, decrypt, encrypt
from viral_engine.learning.models import Subject, TutoringSession
from viral_engine.learning.services import tutoring

pytestmark = pytest.mark.django_db


def stored() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT transcript FROM learning_tutoringsession ORDER BY id")
        return [text for (text,) in cursor.fetchall()]


def logged(math: Subject, at: datetime, transcript: str = VTT) -> TutoringSession:
    toni, ada = tutor_and_student(at)
    return tutoring.log_session(tutor=toni, draft=session_draft(ada, math, at, transcript=transcript), at=at)


def test_a_transcript_is_unreadable_in_the_database(math: Subject, at: datetime) -> None:
    session = logged(math, at)
    [text] = stored()
    assert text.startswith("enc1:gAAAA")
    assert "fractions" not in text
    session.refresh_from_db()
    assert session.transcript == VTT
    assert TutoringSession.objects.all().with_transcript().count() == 1


def test_the_empty_text_stays_empty(math: Subject, at: datetime) -> None:
    logged(math, at, transcript="")
    assert stored() == [""]
    assert TutoringSession.objects.all().with_transcript().count() == 0


def test_rows_of_the_release_before_are_still_read(math: Subject, at: datetime) -> None:
    session = logged(math, at)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE learning_tutoringsession SET transcript = 'Toni: hello'")
    session.refresh_from_db()
    assert session.transcript == "Toni: hello"


def test_an_encrypted_column_is_not_searched() -> None:
    with pytest.raises(FieldError, match="cannot be searched with icontains"):
        TutoringSession.objects.filter(**dict.fromkeys(["transcript__icontains"], "ada")).count()
    with pytest.raises(FieldError):
        TutoringSession.objects.filter(**dict.fromkeys(["transcript__length"], 3)).count()


def test_keys_rotate_and_the_old_one_can_go(math: Subject, at: datetime, settings: Settings) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = [old]
    session = logged(math, at)
    settings.FIELD_ENCRYPTION_KEYS = [new, old]
    session.refresh_from_db()
    assert session.transcript == VTT
    printed = StringIO()
    call_command("rotate_field_keys", stdout=printed)
    assert "learning.TutoringSession.transcript: 1 rows" in printed.getvalue()
    settings.FIELD_ENCRYPTION_KEYS = [new]
    session.refresh_from_db()
    assert session.transcript == VTT


def test_a_foreign_key_and_a_changed_text_are_refused(settings: Settings) -> None:
    text = encrypt("Ada said")
    with pytest.raises(DecryptionFailed):
        decrypt(text[:-6] + "AAAAA=")
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(DecryptionFailed):
        decrypt(text)
    settings.FIELD_ENCRYPTION_KEYS = ["short"]
    with pytest.raises(ImproperlyConfigured, match="FIELD_ENCRYPTION_KEYS"):
        encrypt("Ada said")
