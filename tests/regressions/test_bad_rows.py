"""One bad row does not stop a job: it is set aside and counted, and an alert names what stands still."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from celery.signals import task_failure, task_success

from leaderboards.models import Standing
from leaderboards.services.audit import audit_standings
from loops.events import SignupAttributed
from loops.models import Link
from monitoring import tasks
from monitoring.growth.services import corrections, rollup
from monitoring.growth.services.rebuild import rebuild
from monitoring.health import probes
from monitoring.health.services import note_failure
from monitoring.models import FailingJob, GrowthCount, SetAsideRow, StreamCursor
from monitoring.services import find_problems
from tests.factories import person, practice
from viral_engine.kernel.models import LoggedEvent
from viral_engine.kernel.services import mark_events
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db
MALFORMED: tuple[object, ...] = ([], ["loop"], "x", 7)


def event(actor_id: int, at: datetime, properties: object, kind: str = "practice_completed") -> LoggedEvent:
    row = LoggedEvent.objects.create(type=kind, actor_id=actor_id, at=at)
    LoggedEvent.objects.filter(pk=row.pk).update(properties=properties)
    return row


def counted(measure: str = "practice_completed") -> int:
    return sum(GrowthCount.objects.filter(measure=measure).values_list("amount", flat=True))


def all_counts() -> list[tuple[object, ...]]:
    columns = ("measure", "on", "loop", "persona", "part", "amount")
    return sorted(GrowthCount.objects.exclude(amount=0).values_list(*columns))


def count(at: datetime) -> None:
    while rollup.count_events(at=at):
        continue


@pytest.mark.parametrize("properties", MALFORMED)
def test_growth_counts_around_a_malformed_event(properties: object, at: datetime) -> None:
    ada = person("Ada")
    count(at)
    before = counted()
    for minute in range(4):
        event(ada.pk, at + timedelta(minutes=minute), {"loop": ""})
    bad = event(ada.pk, at + timedelta(minutes=5), properties)
    event(ada.pk, at + timedelta(minutes=6), {"loop": ""})
    count(at)
    assert counted() == before + 5
    assert list(SetAsideRow.objects.values_list("stream", "row_id")) == [("events", bad.pk)]
    newest = LoggedEvent.objects.order_by("-pk").values_list("pk", flat=True)[0]
    assert StreamCursor.objects.get(stream="events").position == newest
    bad.refresh_from_db()
    assert bad.is_invalid


def test_a_bad_sign_up_takes_no_good_one_with_it_and_counts_once_it_is_repaired(at: datetime) -> None:
    """The facts of a person are computed from all of their events: the good ones fail beside the bad one at first."""
    ada, bo = person("Ada"), person("Bo")
    count(at)
    good = event(bo.pk, at, {"referrer_id": ada.pk, "loop": "buddy_challenge"}, SignupAttributed.type)
    bad = event(bo.pk, at - timedelta(minutes=1), {"loop": "buddy_challenge"}, SignupAttributed.type)
    count(at)
    assert list(SetAsideRow.objects.values_list("row_id", flat=True)) == [bad.pk]
    assert counted(SignupAttributed.type) == 1
    good.refresh_from_db()
    assert not good.is_invalid
    LoggedEvent.objects.filter(pk=bad.pk).update(properties={"referrer_id": ada.pk, "loop": "buddy_challenge"})
    mark_events([bad.pk], is_invalid=False)
    corrections.correct_events(at=at)
    assert counted(SignupAttributed.type) == 2
    assert not SetAsideRow.objects.exists()
    before = all_counts()
    rebuild(at=at)
    assert all_counts() == before


@pytest.mark.parametrize("stored", ["x", [1], [[1, 2]], {"a": 1}, [["now", 5, "many"]]])
def test_the_audit_repairs_a_malformed_standing(
    stored: object, algebra: Skill, at: datetime, committed: Callable[[], AbstractContextManager[object]]
) -> None:
    ada, bo = person("Ada", at=at - timedelta(days=3)), person("Bo", at=at - timedelta(days=3))
    for one in (ada, bo):
        with committed():
            practice(one, algebra, at=at)
    true = Standing.objects.filter(user=ada, period="all").values_list("first_scores", flat=True)[0]
    Standing.objects.filter(user=ada).update(first_scores=stored)
    Standing.objects.filter(user=bo).update(xp=9999)
    assert audit_standings(at=at) == 4
    assert Standing.objects.filter(user=ada, period="all").values_list("first_scores", flat=True)[0] == true


def test_alerts_name_failing_jobs_standing_cursors_and_rows_set_aside(at: datetime) -> None:
    task = tasks.compact_checks
    for minutes in (0, 1, 6):
        note_failure(task.name, ValueError("x"), at=at + timedelta(minutes=minutes))
        alerts = firing(at + timedelta(minutes=minutes))
        assert ("jobs" in alerts) is (minutes == 6)
    StreamCursor.objects.create(stream="events", moved_at=at)
    assert "cursors" not in firing(at + timedelta(minutes=4))
    assert "cursors" in firing(at + timedelta(minutes=6))
    SetAsideRow.objects.create(stream="events", row_id=1, error="AttributeError", noticed_at=at)
    assert "set_aside" in firing(at)


def firing(at: datetime) -> dict[str, str]:
    return {found.key: found.detail for found in find_problems(probes.read(at), {}, at) if found.firing}


def test_a_task_that_fails_is_remembered_until_it_succeeds() -> None:
    task = tasks.compact_checks
    for _ in range(2):
        task_failure.send(task, exception=ValueError("x"))
    assert FailingJob.objects.values_list("task", "failures", "error").get() == (task.name, 2, "ValueError")
    task_success.send(task, result=0)
    assert not FailingJob.objects.exists()


@pytest.mark.parametrize("arms", [{}, "x", [1], [{"experiment": 3}], [{"no": "arm"}], 7])
def test_bad_arms_of_a_link_break_no_exposure(arms: object, at: datetime) -> None:
    from loops.core.experiment_adapter import expose

    expose(Link(code="AbCdEfGh", arms=arms), "00000000-0000-0000-0000-000000000001", at)
    assert LoggedEvent.objects.count() == 0
