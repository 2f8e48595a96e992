"""Streaks at risk: one evening warning a day, only for learners who can lose a streak."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from pytest_django import Settings

from tests.factories import counting, person, practice, statements
from viral_engine.accounts.models import User
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning import tasks
from viral_engine.learning.models import Progress, Skill
from viral_engine.learning.rules.progress import is_late_in_the_day
from viral_engine.learning.services import streaks

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
EVENING = datetime(2026, 3, 4, 19, 0, tzinfo=UTC)


def learner(name: str, *, days: int = 3, last: datetime = EVENING - DAY, **fields: Any) -> User:
    user = person(name, **fields)
    Progress.objects.create(user=user, streak_days=days, last_active_on=last.date())
    return user


def announced() -> list[tuple[int | None, dict[str, object]]]:
    found = LoggedEvent.objects.filter(type="streak_at_risk").order_by("actor_id")
    return list(found.values_list("actor_id", "properties"))


@pytest.mark.parametrize(("hours", "late"), [(6.01, False), (6, True), (0.01, True), (0, False), (-1, False)])
def test_six_hours_before_midnight_is_late(hours: float, *, late: bool) -> None:
    midnight = datetime(2026, 3, 5, tzinfo=UTC)
    assert is_late_in_the_day(midnight - timedelta(hours=hours), midnight) is late


def test_a_learner_is_told_once_a_day() -> None:
    ada = learner("Ada")
    assert streaks.warn_of_streaks(at=NOON) == 0
    assert streaks.warn_of_streaks(at=EVENING) == 1
    assert streaks.warn_of_streaks(at=EVENING + timedelta(hours=1)) == 0
    assert announced() == [(ada.pk, {"streak_days": 3, "ends_at": "2026-03-05T00:00:00+00:00"})]
    Progress.objects.update(last_active_on=EVENING.date())
    assert streaks.warn_of_streaks(at=EVENING + DAY) == 1


def test_nobody_else_is_told() -> None:
    learner("Ada", days=1)
    learner("Bo", last=EVENING)
    learner("Cy", last=EVENING - 2 * DAY)
    learner("Dee", role="tutor")
    learner("Eli", is_active=False)
    learner("Fay", blocked_at=NOON)
    learner("Gus", is_simulated=True)
    assert streaks.warn_of_streaks(at=EVENING) == 0


def test_who_practices_in_time_keeps_the_streak(algebra: Skill) -> None:
    ada = learner("Ada")
    practice(ada, algebra, at=EVENING - timedelta(hours=3))
    assert streaks.warn_of_streaks(at=EVENING) == 0


@pytest.mark.parametrize(("zone", "hour"), [("America/New_York", 23), ("Asia/Tokyo", 9), ("UTC", 18)])
def test_the_day_is_the_one_of_the_sites_time_zone(settings: Settings, zone: str, hour: int) -> None:
    """18:00 there, and one minute before."""
    settings.TIME_ZONE = zone
    evening = datetime(2026, 1, 14, hour, 0, tzinfo=UTC)
    learner("Ada", last=evening - DAY)
    assert streaks.warn_of_streaks(at=evening - timedelta(minutes=1)) == 0
    assert streaks.warn_of_streaks(at=evening) == 1


def test_a_crowd_is_told_in_batches_at_a_stated_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaks, "BATCH", 10)
    for number in range(25):
        learner(f"L{number}")
    with counting() as captured:
        assert streaks.warn_of_streaks(at=EVENING, batches=2) == 20
    assert len(statements(captured)) == 2 * 5
    assert streaks.warn_of_streaks(at=EVENING, batches=2) == 5
    assert len({actor for actor, _ in announced()}) == 25


def test_two_beats_are_one_run() -> None:
    learner("Ada")
    with time_machine.travel(EVENING, tick=False):
        assert [tasks.warn_of_streaks(), tasks.warn_of_streaks()] == [1, 0]
