"""Triggers that note whose rights a write may change, on both databases.

They are installed after every `migrate`, because SQLite drops a table's triggers when it rebuilds the table.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

LOG = "accounts_rightschange"
PREFIX = "rights_"
NOW = {"sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now')", "postgresql": "clock_timestamp()"}
EVERY = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True, slots=True)
class WatchedTable:
    """A table whose rows give rights. `people` names its columns of user ids."""

    table: str
    people: tuple[str, ...]
    columns: tuple[str, ...]  # an update of others changes no right
    operations: tuple[str, ...] = EVERY
    also: str = ""  # a query of more user ids, about {row}

    def noted(self, row: str, now: str) -> str:
        """The statements that note the people of `row`, which is OLD or NEW."""
        insert = f"INSERT INTO {LOG} (user_id, at)"
        noted = [f"{insert} VALUES ({row}.{one}, {now});" for one in self.people]
        if self.also:
            noted.append(f"{insert} SELECT user_id, {now} FROM {self.also.format(row=row)};")  # noqa: S608  (our own names)
        return " ".join(noted)


# Adults and minors of a cohort do not see each other, so a new member changes what those of the other age see. Younger
# than 17 is no adult under any calendar; who is nearly 18 may be noted for nothing.
IS_ADULT = "({who}.role <> 'student' OR {who}.birthdate IS NULL OR {who}.birthdate <= ADULT_BIRTHDATE)"
ACROSS_AGES_IN_THE_COHORT = (
    "accounts_cohortmembership AS other JOIN accounts_user AS person ON person.id = other.user_id"
    " JOIN accounts_user AS member ON member.id = {row}.user_id"
    " WHERE other.cohort_id = {row}.cohort_id AND other.user_id <> {row}.user_id"
    f" AND ({IS_ADULT.format(who='person')} OR {IS_ADULT.format(who='member')})"
)
ADULT_BIRTHDATE = {"sqlite": "date('now', '-17 years')", "postgresql": "CURRENT_DATE - INTERVAL '17 years'"}

WATCHED = (
    WatchedTable(
        "accounts_user",
        ("id",),
        (
            "role",
            "birthdate",
            "grade",
            "is_active",
            "is_staff",
            "is_superuser",
            "blocked_at",
            "signed_out_at",
            "username",
            "first_name",
            "avatar",
            "presence_visible",
            "feed_visible",
            "growth_prompts",
        ),
        ("UPDATE", "DELETE"),
    ),
    WatchedTable(
        "accounts_cohortmembership",
        ("user_id",),
        ("user_id", "cohort_id", "is_primary"),
        also=ACROSS_AGES_IN_THE_COHORT,
    ),
    WatchedTable(
        "accounts_cohort",
        (),
        ("is_active",),
        ("UPDATE",),
        also="accounts_cohortmembership AS member WHERE member.cohort_id = {row}.id",
    ),
    WatchedTable("accounts_consent", ("child_id",), ("child_id", "kind", "withdrawn_at")),
    WatchedTable("accounts_friendship", ("low_id", "high_id"), ("low_id", "high_id", "status")),
    WatchedTable("accounts_block", ("blocker_id", "blocked_id"), ("blocker_id", "blocked_id")),
)


def install(using: str) -> None:
    """Create the triggers that are missing, and drop those of older code. 1 query when nothing is to do."""
    connection = connections[using]
    if LOG not in connection.introspection.table_names():
        return
    wanted = {name: sql for watched in WATCHED for name, sql in _triggers(watched, connection.vendor)}
    known = _known(connection)
    with connection.cursor() as cursor:
        for name in known.keys() - wanted.keys():
            cursor.execute(_drop(name, known[name], connection.vendor))
        for name in wanted.keys() - known.keys():
            for statement in wanted[name]:
                cursor.execute(statement)


def remove(using: str) -> None:
    """Drop all triggers: before their log goes, and before SQLite rebuilds a table that one of them names."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for name, table in _known(connection).items():
            cursor.execute(_drop(name, table, connection.vendor))


def _known(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Installed triggers of ours, with their tables."""
    sqlite = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'rights\\_%' ESCAPE '\\'"
    postgresql = (
        "SELECT tgname, tgrelid::regclass::text FROM pg_trigger"
        " WHERE NOT tgisinternal AND tgname LIKE 'rights\\_%' AND pg_table_is_visible(tgrelid)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sqlite if connection.vendor == "sqlite" else postgresql)
        return dict(cursor.fetchall())


def _triggers(watched: WatchedTable, vendor: str) -> Iterator[tuple[str, list[str]]]:
    for operation in watched.operations:
        rows = {"INSERT": ("NEW",), "DELETE": ("OLD",)}.get(operation, ("OLD", "NEW") if watched.people else ("NEW",))
        body = " ".join(watched.noted(row, NOW[vendor]) for row in rows)
        body = body.replace("ADULT_BIRTHDATE", ADULT_BIRTHDATE[vendor])
        head, when = f"AFTER {operation}", ""
        if operation == "UPDATE":
            head += f" OF {', '.join(watched.columns)}"
            differs = "IS NOT" if vendor == "sqlite" else "IS DISTINCT FROM"
            when = " OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in watched.columns)
        digest = sha256(f"{head} {when} {body}".encode()).hexdigest()[:8]
        name = f"{PREFIX}{watched.table}_{operation.lower()}_{digest}"
        yield name, _statements(name, watched.table, head, when, body, vendor)


def _statements(name: str, table: str, head: str, when: str, body: str, vendor: str) -> list[str]:
    condition = f" WHEN ({when})" if when else ""
    if vendor == "sqlite":
        return [f"CREATE TRIGGER {name} {head} ON {table} FOR EACH ROW{condition} BEGIN {body} END"]
    function = (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$"
    )
    return [function, f"CREATE TRIGGER {name} {head} ON {table} FOR EACH ROW{condition} EXECUTE FUNCTION {name}()"]


def _drop(name: str, table: str, vendor: str) -> str:
    return f"DROP TRIGGER {name}" if vendor == "sqlite" else f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}()"
