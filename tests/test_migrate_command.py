"""`manage.py migrate` may take its time, and the connection it used may not afterwards."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import pre_migrate

pytestmark = pytest.mark.django_db


def statement_timeout() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return str(cursor.fetchone()[0])


def test_a_migration_has_no_limit_of_time_and_pages_keep_theirs() -> None:
    if connection.vendor != "postgresql":
        call_command("migrate", verbosity=0)
        return
    seen = []

    def note(**_: Any) -> None:
        seen.append(statement_timeout())

    before = statement_timeout()
    pre_migrate.connect(note, weak=False)
    try:
        call_command("migrate", verbosity=0)
    finally:
        pre_migrate.disconnect(note)
    assert (set(seen), statement_timeout()) == ({"0"}, before)
