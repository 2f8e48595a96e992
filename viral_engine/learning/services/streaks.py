"""Warn learners about streaks that are about to end."""

from datetime import date, datetime, timedelta

from django.db import transaction

from viral_engine.kernel import clock
from viral_engine.kernel.services import announce_all, announced_keys
from viral_engine.learning.events import StreakAtRisk
from viral_engine.learning.models import Progress
from viral_engine.learning.rules.progress import is_late_in_the_day

BATCH = 500


def warn_of_streaks(*, at: datetime, batches: int = 20) -> int:
    """Announce streaks that end at midnight, once a day per learner; returns how many.

    Days are days in the site's time zone. The next run continues where a full run stops.

    Cost      nothing before evening; then 5 statements per batch of 500.
    Announces StreakAtRisk.
    """
    today = clock.today(at)
    midnight = clock.midnight(today + timedelta(days=1))
    if not is_late_in_the_day(at, midnight):
        return 0
    warned = 0
    for _ in range(batches):
        found = _warn_some(at, midnight)
        warned += found
        if found < BATCH:
            break
    return warned


@transaction.atomic
def _warn_some(at: datetime, midnight: datetime) -> int:
    today = clock.today(at)
    # Lock the rows while claiming them, so that two runs take different people; SQLite runs one at a time anyway.
    due = Progress.objects.with_streak_to_lose(today).order_by("pk").select_for_update(of=("self",), skip_locked=True)
    rows = list(due.values_list("pk", "user_id", "streak_days")[:BATCH])
    Progress.objects.filter(pk__in=[pk for pk, _, _ in rows]).update(warned_on=today)
    risks = [
        (StreakAtRisk(actor_id=user_id, streak_days=days, ends_at=midnight.isoformat()), _key(user_id, today))
        for _, user_id, days in rows
    ]
    known = announced_keys([key for _, key in risks])
    announce_all([(risk, key) for risk, key in risks if key not in known], at=at)
    return len(rows)


def _key(user_id: int, today: date) -> str:
    return f"streak_at_risk:{user_id}:{today}"
