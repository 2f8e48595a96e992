"""Pages by cursor: the key of the last row, so that rows written meanwhile neither repeat nor hide others."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from viral_engine.api.problems import Refusal
from viral_engine.api.rules import read_cursor, write_cursor

M = TypeVar("M", bound=Model)


def page_of(rows: QuerySet[M, Any], *, cursor: str | None, limit: int) -> tuple[list[M], str | None]:
    """One page of rows by their keys, oldest first, and the cursor of the next; 1 query. Raises  Refusal, 422."""
    found = list(rows.filter(pk__gt=_after(cursor)).order_by("pk")[: limit + 1])
    more = len(found) > limit
    return found[:limit], write_cursor(found[limit - 1].pk) if more else None


def _after(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        (after,) = read_cursor(cursor)
    except ValueError as error:
        raise Refusal(422, "bad_cursor") from error
    if not isinstance(after, int) or not 0 <= after < 2**63:
        raise Refusal(422, "bad_cursor")
    return after
