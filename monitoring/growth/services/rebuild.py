"""Rebuild the rollups from scratch, for example after a changed rule or role."""

from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from monitoring.growth.services.corrections import exclude_people
from monitoring.growth.services.rollup import EVENTS, STREAMS, CursorBusy, LogStream, count_stream, show_events
from monitoring.models import (
    ExcludedEvent,
    GrowthActiveDay,
    GrowthCount,
    GrowthMember,
    GrowthReferee,
    GrowthReferrer,
    IdGap,
    SetAsideRow,
    StreamCursor,
)
from viral_engine.kernel.services import has_purged

KEPT = (GrowthActiveDay, GrowthCount, IdGap, GrowthReferrer, GrowthReferee, GrowthMember, ExcludedEvent, SetAsideRow)


@transaction.atomic
def reset_counts() -> None:
    """Delete all counts; the beat or `rebuild` counts everything again, and pages show the progress.

    Waits for running counts, whose rows would otherwise be counted twice. Excluded people stay excluded.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL lock_timeout = 0")
        for stream in STREAMS:  # in the order of all claims
            StreamCursor.objects.get_or_create(stream=stream.name)
            StreamCursor.objects.filter(pk=stream.name).update(version=F("version") + 1, position=0)
        show_events(SetAsideRow.objects.filter(stream=EVENTS.name).values_list("row_id", flat=True))
        for model in KEPT:
            cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608  (our own names)


class EventsArePurged(Exception):
    """The logs no longer reach back to the first day: counting them again would lose what was purged."""


def rebuild(*, at: datetime, at_once: int = 5_000, report: Callable[[int], None] = lambda _: None) -> int:
    """Count everything from the first row on; return the number of rows that this process counted.

    The beat may count meanwhile, because each chunk claims its log. `report` is called with the rows so far.

    Raises  EventsArePurged; the counts stay what they are.
    """
    if has_purged("events", "decisions"):
        raise EventsArePurged
    reset_counts()
    while exclude_people(at=at):
        continue
    done = 0
    for stream in STREAMS:
        while (read := _count_some(stream, at, at_once)) != 0:
            done += read or 0
            report(done)
    return done


def _count_some(stream: LogStream, at: datetime, limit: int) -> int | None:
    """Number of rows read; None when the beat holds the claim, so there may be more."""
    try:
        return count_stream(stream, at, limit)
    except CursorBusy:
        return None
