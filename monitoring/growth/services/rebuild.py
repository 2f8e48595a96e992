"""The rollups from nothing: for a new rule, a changed role, or a doubt."""

from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction

from monitoring.growth.services.corrections import leave_people_out
from monitoring.growth.services.tally import count_credits, count_decisions, count_events, count_rewards
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

KEPT = (GrowthActiveDay, GrowthCount, GrowthGap, GrowthInviter, GrowthJoiner, GrowthMark, GrowthMember, LeftOutEvent)


@transaction.atomic
def start_anew() -> None:
    """Nothing is counted any more; the beat, or `rebuild`, counts everything again. Pages say how far it is.

    Who was left out stays left out.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL statement_timeout = 0")
        for model in KEPT:
            cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608  (our own names)


def rebuild(*, at: datetime, at_once: int = 10_000, tell: Callable[[int], None] = lambda _: None) -> int:
    """Everything is counted from the first row on; returns the number of rows. `tell` hears how far it is."""
    start_anew()
    while leave_people_out(at=at):
        continue
    done = 0
    for count in (count_events, count_decisions, count_rewards, count_credits):
        while read := count(at=at, limit=at_once):
            done += read
            tell(done)
    return done
