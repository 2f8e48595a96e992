"""What only a web process can notice."""

from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, connection
from pytest_django import Settings

from monitoring.health.rules import Requests
from monitoring.health.services import take_check
from monitoring.models import Alert, HealthCheck, Notice, RequestTally
from monitoring.traffic import Tally
from monitoring.watch import Watch, look_for_worker
from tests.monitoring.receivers import Answer, receiving
from tests.people import counting, statements
from tests.served import free_port

pytestmark = pytest.mark.django_db
LONG = 1000.0


def away(*_: object) -> None:
    raise OperationalError("the database system is shutting down")


def open_keys() -> list[str]:
    return list(Alert.objects.all().open().order_by("key").values_list("key", flat=True))


def look(at: datetime, watched_s: float = LONG) -> list[str]:
    look_for_worker(watched_s=watched_s, at=at)
    return open_keys()


def test_a_worker_that_went_silent_is_an_alert_and_is_told_from_here(at: datetime) -> None:
    take_check(at=at)
    assert look(at + timedelta(seconds=120)) == []
    assert look(at + timedelta(seconds=121)) == ["worker"]
    assert Notice.objects.get(channel="log").sent_at == at + timedelta(seconds=121)
    back = at + timedelta(seconds=300)
    take_check(at=back)
    assert [look(back), look(back + timedelta(seconds=30))] == [["worker"], []]


def test_a_worker_that_never_came_is_missed_after_two_minutes(at: datetime) -> None:
    assert look(at, watched_s=120) == []
    assert look(at, watched_s=121) == ["worker"]


def test_who_has_just_started_blames_nobody_for_yesterday(at: datetime) -> None:
    take_check(at=at - timedelta(days=1))
    assert look(at, watched_s=10) == []


def test_redis_that_is_away_is_one_alert_and_not_two(at: datetime, settings: Settings) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    take_check_of_before = HealthCheck.objects.create(slot=at, at=at)
    assert look(take_check_of_before.at + timedelta(hours=1)) == ["redis"]


def test_counts_are_handed_over_once(at: datetime) -> None:
    tally = Tally()
    tally.add(Requests(7, 2))
    watch = Watch(tally)
    watch.round(at)
    watch.round(at + timedelta(seconds=10))
    assert list(RequestTally.objects.values_list("requests", "errors")) == [(7, 2)]


def test_counts_wait_while_the_database_is_away(at: datetime) -> None:
    tally = Tally()
    tally.add(Requests(7, 2))
    with connection.execute_wrapper(away):
        Watch(tally).round(at)
    assert tally.take() == Requests(7, 2)


def test_a_database_that_is_away_is_told_without_it(at: datetime, settings: Settings) -> None:
    with receiving(Answer(202), path="/v2/enqueue") as pagerduty:
        settings.PAGERDUTY_ROUTING_KEY, settings.PAGERDUTY_EVENTS_URL = "key", pagerduty.url
        watch = Watch(Tally())
        with connection.execute_wrapper(away):
            for seconds in (0, 10, 20, 30):
                watch.round(at + timedelta(seconds=seconds))
        for seconds in (40, 50):
            watch.round(at + timedelta(seconds=seconds))
    assert [body["event_action"] for body in pagerduty.bodies] == ["trigger", "resolve"]
    assert len({body["dedup_key"] for body in pagerduty.bodies}) == 1


def test_one_of_many_processes_looks_in_a_slot_and_the_cost_is_as_stated(at: datetime) -> None:
    first, second = Watch(Tally()), Watch(Tally())
    with counting() as captured:
        first.round(at)
    assert len(statements(captured)) == 2 + 4
    with counting() as captured:
        second.round(at)
    assert len(statements(captured)) == 2
