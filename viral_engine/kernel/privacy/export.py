"""Read every row that names a person, as the policies allow; streamed, in constant memory."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import BinaryField

from viral_engine.kernel.privacy.policies import DataPolicy, PersonIds, PersonPath, policies
from viral_engine.kernel.privacy.retention import RETENTION
from viral_engine.kernel.privacy.schema import columns_of, is_text

AT_ONCE = 500
YOU, SOMEONE = "you", "another person"
LEFT_OUT = "left out: these may be another person's words"


@dataclass(frozen=True, slots=True)
class ExportedTable:
    """One table with rows that name the person; `rows` reads them while it is iterated."""

    name: str
    title: str
    purpose: str
    kept_for: str
    columns: tuple[str, ...]
    headings: tuple[str, ...]  # of the columns, for people
    rows: Iterator[Mapping[str, Any]]


def exported_tables(person: PersonIds) -> Iterator[ExportedTable]:
    """The tables in the order of the retention table, the account first; each must be read before the next.

    Cost  1 query for each path.
    """
    order = list(RETENTION)
    for policy in sorted(policies(), key=lambda one: order.index(one.retention)):
        if policy.people:
            kind, columns = RETENTION[policy.retention], _shown_columns(policy)
            yield ExportedTable(
                name=policy.name,
                title=str(policy.model._meta.verbose_name_plural),
                purpose=kind.purpose,
                kept_for=kind.kept_for,
                columns=("named_as", *(column.name for column in columns)),
                headings=("you are", *(str(column.verbose_name) for column in columns)),
                rows=_rows(policy, person),
            )


def _rows(policy: DataPolicy, person: PersonIds) -> Iterator[dict[str, Any]]:
    """Each row once: a row on several paths is read with the first of them."""
    names = [column.attname for column in _shown_columns(policy)]
    paths = [path.path for path in policy.people]
    for number, path in enumerate(policy.people):
        rows = policy.rows().filter(path.q(person)).order_by("pk")
        for earlier in policy.people[:number]:
            rows = rows.exclude(earlier.q(person))
        for row in rows.values(*{*names, *paths}).iterator(chunk_size=AT_ONCE):
            yield _exported(policy, row, person)


def _exported(policy: DataPolicy, row: Mapping[str, Any], person: PersonIds) -> dict[str, Any]:
    mine = [path.path for path in policy.people if _is_mine(path, row, person)]
    shown: dict[str, Any] = {"named_as": ", ".join(mine)}
    for column in _shown_columns(policy):
        value = row[column.attname]
        if column.related_model is get_user_model() and value is not None:
            value = YOU if value == person.user_id else SOMEONE
        elif column.name in policy.hidden or policy.words.get(column.name, mine[0]) not in mine:
            value = LEFT_OUT if value else value
        shown[column.name] = value
    return shown


def _is_mine(path: PersonPath, row: Mapping[str, Any], person: PersonIds) -> bool:
    return str(row[path.path]) == (person.person_id if path.is_person_id else str(person.user_id))


def _shown_columns(policy: DataPolicy) -> list[Any]:
    """Columns without secrets: hidden ones stay only where they may be words, so that a reader knows of them."""
    return [
        column
        for column in columns_of(policy.model)
        if not isinstance(column, BinaryField) and (column.name not in policy.hidden or _may_be_words(column))
    ]


def _may_be_words(column: Any) -> bool:
    return is_text(column) and column.get_internal_type() in {"TextField", "JSONField"}
