from datetime import datetime

from django.db.models import Count
from django.db.models.fields.json import KT

from viral_engine.kernel.models import LoggedEvent


def popular_skills(*, since: datetime) -> dict[str, int]:
    """How many people began to practice each skill since an instant.

    Shape  {"algebra": 28, "fractions": 3}
    Cost   1 query over the events of that time alone.
    """
    begun = LoggedEvent.objects.filter(type="practice_started", at__gte=since, is_invalid=False)
    of_skills = begun.exclude(properties__skill="")  # a test or a diagnostic is of no skill
    grouped = of_skills.values(skill=KT("properties__skill")).annotate(people=Count("actor_id", distinct=True))
    return dict(grouped.order_by().values_list("skill", "people"))
