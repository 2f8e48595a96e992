"""Read what the site has logged and paid."""

from django.db.models import QuerySet

from loops.models import RewardEntry
from viral_engine.kernel.models import LoggedEvent


def events(kind: str) -> list[LoggedEvent]:
    return list(LoggedEvent.objects.filter(type=kind).order_by("pk"))


def beside_points() -> QuerySet[RewardEntry]:
    """What loops paid; every finished round earns points as well."""
    return RewardEntry.objects.exclude(kind="points")
