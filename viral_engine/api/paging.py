"""Pages by cursor: the key of the last row, so that rows written meanwhile neither repeat nor hide others."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from viral_engine.api.problems import Refusal
from viral_engine.api.rules import read_cursor, write_cursor
from viral_engine.learning.models import Result

M = TypeVar("M", bound=Model)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_POSITION = 2**63


def page_of(rows: QuerySet[M, Any], *, cursor: str | None, limit: int) -> tuple[list[M], str | None]:
    """One page of rows by their keys, oldest first, and the cursor of the next; 1 query. Raises  Refusal, 422."""
    after = 0
    if cursor is not None:
        (after,) = _position(cursor, int)
    found = list(rows.filter(pk__gt=after).order_by("pk")[: limit + 1])
    return found[:limit], write_cursor(found[limit - 1].pk) if len(found) > limit else None


def page_of_results(rows: QuerySet[Result], *, cursor: str | None, limit: int) -> tuple[list[Result], str | None]:
    """As `page_of`, by instant and id: ids of results are random."""
    if cursor is not None:
        us, last = _position(cursor, int, str)
        at = EPOCH + timedelta(microseconds=us)
        rows = rows.filter(Q(finished_at__gt=at) | Q(finished_at=at, pk__gt=_uuid(last)))
    found = list(rows.order_by("finished_at", "pk")[: limit + 1])
    if len(found) <= limit:
        return found, None
    last_row = found[limit - 1]
    us = (last_row.finished_at - EPOCH) // timedelta(microseconds=1)
    return found[:limit], write_cursor(us, str(last_row.pk))


def _position(cursor: str, *kinds: type) -> Any:
    """The parts of a cursor, of these types. Raises  Refusal."""
    try:
        parts = read_cursor(cursor)
    except ValueError as error:
        raise Refusal(422, "bad_cursor") from error
    numbers = [part for part in parts if isinstance(part, int)]
    if [type(part) for part in parts] != list(kinds) or not all(0 <= one < MAX_POSITION // 100 for one in numbers):
        raise Refusal(422, "bad_cursor")
    return parts


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Refusal(422, "bad_cursor") from error
