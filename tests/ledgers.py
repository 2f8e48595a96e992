"""Read the event log and the reward ledger."""

from django.db.models import QuerySet

from loops.models import RewardEntry
from viral_engine.kernel.models import LoggedEvent


def events(kind: str) -> list[LoggedEvent]:
    return list(LoggedEvent.objects.filter(type=kind).order_by("pk"))


def beside_points() -> QuerySet[RewardEntry]:
    """Rewards paid by loops; a finished practice also earns points."""
    return RewardEntry.objects.exclude(kind="points")
