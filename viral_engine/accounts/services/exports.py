"""Everything we store about a person, as one JSON document or one HTML page, in parts of bounded size."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain, islice
from typing import Any, TypeVar

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string

from viral_engine.accounts.models import User
from viral_engine.accounts.services.erasure import ids_of
from viral_engine.kernel.privacy.export import ExportedTable, exported_tables

ROWS_AT_ONCE = 100
MARK = "<!-- tables -->"
T = TypeVar("T")


def json_parts(user: User, *, at: datetime) -> Iterator[str]:
    """The export as JSON.

    Shape  {"site": ..., "account": 17, "exported_at": ..., "tables": {"feeds.message": {"title": ..., "purpose": ...,
           "kept_for": ..., "rows": [{"named_as": "author", "id": 5, ...}]}}}; tables without rows are left out.
    """
    head = {"site": settings.SITE_NAME, "account": user.pk, "exported_at": at}
    yield _json(head)[:-1] + ', "tables": {'
    is_first = True
    for table, rows in _filled_tables(user):
        facts = {"title": table.title, "purpose": table.purpose, "kept_for": table.kept_for}
        yield ("" if is_first else ",") + f'\n{_json(table.name)}: {_json(facts)[:-1]}, "rows": ['
        is_first = False
        for number, row in enumerate(rows):
            yield ("\n" if number == 0 else ",\n") + _json(row)
        yield "\n]}"
    yield "\n}}\n"


def html_parts(user: User, *, at: datetime) -> Iterator[str]:
    """The export as a page to read and print."""
    page = render_to_string(
        "accounts/export.html", {"person": user, "exported_at": at, "site_name": settings.SITE_NAME}
    )
    before, _, after = page.partition(MARK)
    yield before
    for table, rows in _filled_tables(user):
        yield render_to_string("accounts/_export_table.html", {"table": table})
        while page_of_rows := list(islice(rows, ROWS_AT_ONCE)):
            cells = [[row[name] for name in table.columns] for row in page_of_rows]
            yield render_to_string("accounts/_export_rows.html", {"rows": cells})
        yield "</tbody></table></div></section>\n"
    yield after


def _filled_tables(user: User) -> Iterator[tuple[ExportedTable, Iterator[Mapping[str, Any]]]]:
    """Tables with at least one row; each must be read before the next."""
    for table in exported_tables(ids_of(user)):
        first = next(table.rows, None)
        if first is not None:
            yield table, chain(_one(first), table.rows)


def _one(row: T) -> Iterable[T]:
    return (row,)


def _json(value: object) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
