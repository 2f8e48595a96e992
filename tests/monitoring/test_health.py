"""Doors for machines: is the site up, what does it count. Strangers learn that it answers, and no more."""

import asyncio
from datetime import datetime, timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError, connection, connections
from django.db.migrations.recorder import MigrationRecorder
from django.test import AsyncClient, Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from monitoring.models import HealthCheck
from monitoring.services import run_health_check
from presence.transport import shutdown
from tests.factories import browser, person
from tests.servers import without_redis
from viral_engine.kernel.clock import now

TOKEN = "a-token-of-thirty-two-characters"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def away(*_: object) -> None:
    raise OperationalError("the database system is shutting down")


@pytest.mark.django_db
def test_health_is_ok_and_tells_strangers_nothing_more() -> None:
    response = Client().get("/api/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_a_learner_is_a_stranger_here_and_staff_is_not() -> None:
    assert browser(person("Ada")).get("/api/health").json() == {"status": "ok"}
    detailed = browser(person("Bo", is_staff=True)).get("/api/health").json()
    assert abs(datetime.fromisoformat(detailed.pop("timestamp")) - now()) < timedelta(seconds=10)
    assert detailed | {"redis": "-"} == {
        "status": "ok",
        "database": "connected",
        "redis": "-",
        "workers": "never seen",
        "version": "0.1.0",
    }


@pytest.mark.django_db
def test_a_program_with_the_token_learns_what_is_down(settings: Settings) -> None:
    settings.MONITORING_TOKEN = TOKEN
    assert Client().get("/api/health", headers=BEARER).json()["database"] == "connected"
    for wrong in ("Bearer x", TOKEN, "Bearer ", ""):
        assert Client().get("/api/health", headers={"Authorization": wrong}).json() == {"status": "ok"}
    with connection.execute_wrapper(away):
        response = Client().get("/api/health", headers=BEARER)
    assert response.status_code == 503
    assert (response.json()["database"], response.json()["workers"]) == ("down", "unknown")
    assert datetime.fromisoformat(response.json()["timestamp"]).tzinfo is not None


@pytest.mark.django_db
def test_an_unset_token_opens_nothing(settings: Settings) -> None:
    settings.MONITORING_TOKEN = ""
    assert Client().get("/api/health", headers={"Authorization": "Bearer "}).json() == {"status": "ok"}


@pytest.mark.django_db
def test_health_is_503_while_the_database_is_away_even_for_staff() -> None:
    staff = browser(person("Ada", is_staff=True))
    with connection.execute_wrapper(away):
        responses = [client.get("/api/health") for client in (Client(), staff)]
    assert [(one.status_code, one.json()) for one in responses] == [(503, {"status": "unavailable"})] * 2


@pytest.mark.django_db
def test_health_is_503_while_redis_is_away(settings: Settings) -> None:
    settings.MONITORING_TOKEN = TOKEN
    without_redis(settings)
    response = Client().get("/api/health", headers=BEARER)
    assert (response.status_code, response.json()["redis"]) == (503, "down")
    assert Client().get("/api/health").json() == {"status": "unavailable"}


@pytest.mark.django_db
def test_a_process_is_alive_without_its_database() -> None:
    with connection.execute_wrapper(away):
        response = Client().get("/api/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_a_process_is_ready_with_its_database_whether_redis_answers_or_not(settings: Settings) -> None:
    without_redis(settings)
    response = Client().get("/api/ready")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    with connection.execute_wrapper(away):
        response = Client().get("/api/ready")
    assert (response.status_code, response.json()) == (503, {"status": "unavailable"})


@pytest.mark.django_db
def test_a_load_balancer_may_call_a_process_by_its_address(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["tutoring.example"]
    assert Client().get("/api/ready", headers={"Host": "10.0.0.7:8000"}).status_code == 200
    assert Client().get("/", headers={"Host": "10.0.0.7:8000"}).status_code == 400


@pytest.mark.django_db
def test_a_process_is_not_ready_before_the_database_is_migrated() -> None:
    MigrationRecorder(connection).record_unapplied("learning", "0001_squashed")
    assert Client().get("/api/ready").status_code == 503
    MigrationRecorder(connection).record_applied("learning", "0001_squashed")
    MigrationRecorder(connection).record_applied("learning", "9999_of_a_newer_release")
    assert Client().get("/api/ready").status_code == 200


@pytest.mark.django_db(transaction=True)
async def test_a_process_that_stops_is_sent_nobody() -> None:
    assert (await AsyncClient().get("/api/ready")).status_code == 200
    shutdown.begin(asyncio.get_running_loop())
    assert (await AsyncClient().get("/api/ready")).status_code == 503
    await sync_to_async(connections.close_all)()  # which the client, unlike a server, leaves open


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "expected"), [(0, "ok"), (-100, "silent"), (3600, "unknown")])
def test_workers_are_known_by_the_newest_check(settings: Settings, seconds: int, expected: str) -> None:
    """The last is a clock that was set back."""
    settings.MONITORING_TOKEN = TOKEN
    at = now() + timedelta(seconds=seconds)
    HealthCheck.objects.create(slot=at, at=at)
    response = Client().get("/api/health", headers=BEARER)
    assert (response.status_code, response.json()["workers"]) == (200, expected)


# -- Metrics -----------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_metrics_do_not_exist_for_strangers_in_production(settings: Settings) -> None:
    settings.PRODUCTION, settings.MONITORING_TOKEN = True, TOKEN
    assert Client().get("/metrics").status_code == 404
    assert browser(person("Ada")).get("/metrics").status_code == 404
    assert browser(person("Bo", is_staff=True)).get("/metrics").status_code == 200
    assert Client().get("/metrics", headers=BEARER).status_code == 200


@pytest.mark.django_db
def test_metrics_are_for_this_machine_in_development() -> None:
    assert Client().get("/metrics").status_code == 200
    assert Client(REMOTE_ADDR="203.0.113.7").get("/metrics").status_code == 404


def samples_of(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.django_db
def test_metrics_are_told_while_the_database_is_away(settings: Settings) -> None:
    settings.MONITORING_TOKEN = TOKEN
    run_health_check(at=now())
    with connection.execute_wrapper(away):
        responses = [Client().get("/metrics"), Client().get("/metrics", headers=BEARER)]
    assert [one.status_code for one in responses] == [200, 200]
    samples = samples_of(responses[1].content.decode())
    assert samples["site_database_up",] == 0
    assert ("presence_sockets",) in samples
    assert ("site_people",) not in samples


@pytest.mark.django_db
def test_metrics_tell_of_redis_where_the_site_has_one(settings: Settings) -> None:
    settings.REDIS_URL = ""
    assert ("site_redis_up",) not in samples_of(Client().get("/metrics").content.decode())
    without_redis(settings)
    assert samples_of(Client().get("/metrics").content.decode())["site_redis_up",] == 0


@pytest.mark.django_db
def test_metrics_tell_the_newest_check_and_leave_out_what_is_unknown() -> None:
    run_health_check(at=now())
    samples = samples_of(Client().get("/metrics").content.decode())
    assert samples["site_database_up",] == 1
    assert samples["site_people",] == 0
    assert samples["site_agent_up", "orchestrator"] == 1
    states = {state: samples["site_agent_state", "orchestrator", state] for state in ("ok", "idle", "slow", "failing")}
    assert states == {"ok": 0, "idle": 1, "slow": 0, "failing": 0}
    assert samples["site_alerts_open", "critical"] == 0
    assert samples["site_check_age_seconds",] < 60
    assert ("site_decision_latency_seconds",) not in samples  # nobody decided anything


@pytest.mark.django_db
def test_metrics_before_the_first_check_are_the_counters_alone() -> None:
    text = Client().get("/metrics").content.decode()
    assert "site_check_age_seconds" not in text
    assert "presence_sockets" in text
