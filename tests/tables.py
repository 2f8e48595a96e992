"""Tables emptied between tests that commit.

Django empties every table there is, truncating on PostgreSQL, and makes all permissions anew: with this many models
0.4 s and more a test. Here only tables that hold something are emptied, and what `migrate` makes stays.
"""

from functools import cache

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import OperationalError, connection, transaction

MADE_BY_MIGRATE = {model._meta.db_table for model in (ContentType, Permission)}


def empty_tables(_case: object = None) -> None:
    """Nothing that tests committed is left. Two statements, and one for each table that holds something; the foreign
    keys are deferred, so the order is nobody's business. A thread that a test left behind may hold rows the other way
    round: the database ends one of the two, and the emptying begins anew."""
    for tries_left in (2, 1, 0):
        try:
            return empty_at_once()
        except OperationalError:
            if not tries_left:
                raise
    return None


def empty_at_once() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(which_hold_something())
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608  (our own names)


@cache
def which_hold_something() -> str:
    tables = sorted(set(connection.introspection.django_table_names()) - MADE_BY_MIGRATE)
    return " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)})"  # noqa: S608
        for table in tables
    )
