from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q
from django.db.models.fields.json import KT

from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.events import PracticeCompleted


@dataclass(frozen=True, slots=True)
class Popularity:
    """How often a skill was practiced to the end, and by how many people."""

    attempts: int
    people: int  # members and guests


def popular_skills(*, since: datetime) -> dict[str, Popularity]:
    """The attempts completed in each skill since an instant.

    Shape  {"algebra": Popularity(attempts=31, people=28), "fractions": Popularity(attempts=3, people=2)}
    Cost   1 query over the events since then.
    """
    completed = LoggedEvent.objects.filter(type=PracticeCompleted.type, at__gte=since, is_invalid=False)
    guests = Count("guest_id", distinct=True, filter=Q(actor_id=None))
    rows = (
        completed.values(skill=KT("properties__skill"))
        .annotate(attempts=Count("pk"), members=Count("actor_id", distinct=True), guests=guests)
        .annotate(people=F("members") + F("guests"))
        .order_by()
    )
    return {row["skill"]: Popularity(row["attempts"], row["people"]) for row in rows}
