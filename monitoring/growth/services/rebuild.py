"""The rollups from nothing: for a new rule, a changed role, or a doubt."""

from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from monitoring.growth.services.corrections import leave_people_out
from monitoring.growth.services.tally import STREAMS, Stream, TurnLost, count_on
from monitoring.models import (
    GrowthActiveDay,
    GrowthCount,
    GrowthGap,
    GrowthInviter,
    GrowthJoiner,
    GrowthMark,
    GrowthMember,
    LeftOutEvent,
)

KEPT = (GrowthActiveDay, GrowthCount, GrowthGap, GrowthInviter, GrowthJoiner, GrowthMember, LeftOutEvent)


@transaction.atomic
def start_anew() -> None:
    """Nothing is counted any more; the beat, or `rebuild`, counts everything again. Pages say how far it is.

    Whoever is counting meanwhile is waited for, or what they are about to write would be counted twice. Who was left
    out stays left out.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL lock_timeout = 0")
        for stream in STREAMS:  # in the order in which everybody takes their turns
            GrowthMark.objects.get_or_create(stream=stream.name)
            GrowthMark.objects.filter(pk=stream.name).update(turn=F("turn") + 1, position=0)
        for model in KEPT:
            cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608  (our own names)


def rebuild(*, at: datetime, at_once: int = 5_000, tell: Callable[[int], None] = lambda _: None) -> int:
    """Everything is counted from the first row on; returns the number of rows that this process counted.

    The beat may count meanwhile: each piece is a turn that one of the two takes. `tell` hears how far it is.
    """
    start_anew()
    while leave_people_out(at=at):
        continue
    done = 0
    for stream in STREAMS:
        while (read := _count_some(stream, at, at_once)) != 0:
            done += read or 0
            tell(done)
    return done


def _count_some(stream: Stream, at: datetime, limit: int) -> int | None:
    """How many rows were read; None where the beat was faster, after which there may be more."""
    try:
        return count_on(stream, at, limit)
    except TurnLost:
        return None
