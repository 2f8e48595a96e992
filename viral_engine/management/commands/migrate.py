from typing import Any

from django.core.management.commands import migrate
from django.db import connections


class Command(migrate.Command):
    """Django's `migrate` without the limit on the time of a statement: an index over six million rows takes longer.

    The limit on the wait for a lock stays: a migration that a long transaction blocks fails, instead of blocking every
    page behind it, and may be repeated.
    """

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            super().handle(*args, **options)
            return
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
        try:
            super().handle(*args, **options)
        finally:
            if connection.is_usable():  # the pool hands out this connection again
                with connection.cursor() as cursor:
                    cursor.execute("RESET statement_timeout")
