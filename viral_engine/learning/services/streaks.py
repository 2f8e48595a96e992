"""Streaks that are about to be lost."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from viral_engine.kernel.services import announce
from viral_engine.learning import rules
from viral_engine.learning.events import StreakAtRisk
from viral_engine.learning.models import Progress

BATCH = 500


def warn_of_streaks(*, at: datetime, batches: int = 20) -> int:
    """Learners about to lose a streak were told of, once a day each; returns how many now.

    Days are those of the site's time zone. Whoever a full run leaves over comes with the next one.

    Cost      nothing before evening; then 2 statements a batch of 500 and 1 insert a person.
    Announces StreakAtRisk.
    """
    today = timezone.localdate(at)
    midnight = timezone.make_aware(datetime.combine(today + timedelta(days=1), time.min))
    if not rules.is_late_in_the_day(at, midnight):
        return 0
    told = 0
    for _ in range(batches):
        found = _warn_some(at, midnight)
        told += found
        if found < BATCH:
            break
    return told


@transaction.atomic
def _warn_some(at: datetime, midnight: datetime) -> int:
    today = timezone.localdate(at)
    # Locked while they are claimed, so that two beats take different people; SQLite's transactions are alone anyway.
    due = Progress.objects.with_streak_to_lose(today).order_by("pk").select_for_update(of=("self",), skip_locked=True)
    rows = list(due.values_list("pk", "user_id", "streak_days")[:BATCH])
    Progress.objects.filter(pk__in=[pk for pk, _, _ in rows]).update(warned_on=today)
    for _, user_id, days in rows:
        risk = StreakAtRisk(actor_id=user_id, streak_days=days, ends_at=midnight.isoformat())
        announce(risk, at=at, key=f"streak_at_risk:{user_id}:{today}")
    return len(rows)
