"""The standings: equal to a recount of the counted results, and every result is counted."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from leaderboards.services.audit import ON_ITS_WAY, differences
from monitoring.invariants.base import InvariantFinding
from viral_engine.accounts.models import Role
from viral_engine.learning.models import Result

MISSED_AFTER = ON_ITS_WAY + timedelta(minutes=30)  # the period of the task that counts them


def check_standings(at: datetime) -> Iterator[InvariantFinding]:
    """Cost  3 queries for each 500 learners, and 1 over the results."""
    for text in differences():
        yield InvariantFinding(text)
    uncounted = Result.objects.all().comparable().filter(attempt__counted=None, attempt__user__role=Role.STUDENT)
    if missed := uncounted.filter(finished_at__lt=at - MISSED_AFTER).count():
        yield InvariantFinding(f"{missed} results were never counted")
    if fresh := uncounted.filter(finished_at__gte=at - MISSED_AFTER).count():
        yield InvariantFinding(f"{fresh} results are on their way", is_explained=True)
