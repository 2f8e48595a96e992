from datetime import datetime

from django.db.models import Count
from django.db.models.fields.json import KT

from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.events import PracticeStarted


def popular_skills(*, since: datetime) -> dict[str, int]:
    """Number of people who started practicing each skill since an instant.

    Shape  {"algebra": 28, "fractions": 3}
    Cost   1 query over the events since then.
    """
    started = LoggedEvent.objects.filter(type=PracticeStarted.type, at__gte=since, is_invalid=False)
    of_skills = started.exclude(properties__skill="")  # tests and diagnostics have no skill
    grouped = of_skills.values(skill=KT("properties__skill")).annotate(people=Count("actor_id", distinct=True))
    return dict(grouped.order_by().values_list("skill", "people"))
