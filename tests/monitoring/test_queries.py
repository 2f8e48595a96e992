"""The page of on-call in every state the site can be in."""

from datetime import timedelta

import pytest
from django.test import Client

from monitoring.alerts import services
from monitoring.fragments import database_lost
from monitoring.models import AgentState, Alert, HealthCheck, Notification, Silence
from monitoring.queries import on_call_snapshot
from monitoring.rules import Finding
from tests.factories import browser, counting, person, statements
from viral_engine.kernel.clock import now

pytestmark = pytest.mark.django_db
PAGE = "/monitoring/"


def oncall() -> Client:
    return browser(person("Ada", is_staff=True, is_superuser=True))


def check(seconds_ago: float = 0, **fields: object) -> HealthCheck:
    at = now() - timedelta(seconds=seconds_ago)
    return HealthCheck.objects.create(**{"slot": at, "at": at} | fields)


def open_alert(key: str = "queue", severity: str = "warning", title: str = "Work is piling up") -> Alert:
    services.observe(findings=[Finding(key, severity, title, firing=True, detail="700 tasks wait.")], at=now())
    return Alert.objects.get(key=key)


def text_of(client: Client) -> str:
    response = client.get(PAGE)
    assert response.status_code == 200
    return str(response.content.decode())


def test_the_page_does_not_exist_but_for_staff() -> None:
    learner, blocked = browser(person("Bo")), browser(person("Cy", is_staff=True, is_active=False))
    assert [client.get(PAGE).status_code for client in (Client(), learner, blocked)] == [404, 404, 404]
    assert oncall().get(PAGE).status_code == 200


def test_an_empty_database_says_what_to_start() -> None:
    page = text_of(oncall())
    assert "No check has run yet: is the worker running?" in page
    assert "No agent has been checked yet" in page
    assert "No open alerts." in page
    assert "Charts appear with the second check." in page


def test_a_site_that_is_well_says_so() -> None:
    check(30)
    check()
    AgentState.objects.create(name="helper", title="Helper", state="idle", checked_at=now())
    page = text_of(oncall())
    assert "All is well." in page
    assert "Healthy, idle" in page
    assert page.count('role="img"') == 5
    assert page.count(">No data yet</text>") == 4  # nobody decided, asked or waited in what was just measured


def test_checks_that_stopped_are_told() -> None:
    check(100)
    assert "Checks have stopped: is the worker running?" in text_of(oncall())


def test_a_clock_that_was_set_back_is_told() -> None:
    check(-3600)
    page = text_of(oncall())
    assert "The clock was set back." in page
    assert "60 minutes from now" in page


def test_a_clock_that_was_set_forward_reads_as_checks_that_stopped() -> None:
    check(7200)
    check(7170)
    assert "Checks have stopped" in text_of(oncall())


def test_what_cannot_be_told_is_called_unknown_and_not_zero() -> None:
    check(people=None, queue_depth=None, redis_ms=None)
    page = text_of(oncall())
    assert page.count("<b>unknown</b>") == 3  # experiments too


def test_alerts_come_with_what_can_be_done_and_the_worst_first() -> None:
    check()
    open_alert()
    open_alert("redis", "critical", "Redis does not answer")
    page = text_of(oncall())
    assert "Something needs attention." in page
    assert page.index("Redis does not answer") < page.index("Work is piling up")
    assert page.count('aria-label="Acknowledge: ') == 2


def test_oncall_acknowledges_and_everybody_reads_who() -> None:
    check()
    alert, ada = open_alert(), oncall()
    response = ada.post(f"/monitoring/alerts/{alert.pk}/acknowledge/")
    assert (response.status_code, response["Location"]) == (302, "/monitoring/#monitoring-alerts")
    assert "Acknowledged by ada." in text_of(browser(person("Bo", is_staff=True)))
    assert "Acknowledge:" not in text_of(ada)


def test_oncall_silences_for_hours_and_ends_it() -> None:
    check()
    alert, ada = open_alert(), oncall()
    ada.post(f"/monitoring/alerts/{alert.pk}/silence/", {"hours": "4"})
    silence = Silence.objects.get()
    assert (silence.key, silence.until - silence.set_at) == ("queue", timedelta(hours=4))
    assert "Notifications about <b>queue</b> are off" in text_of(ada)
    ada.post(f"/monitoring/silences/{silence.pk}/end/")
    assert not Silence.objects.exists()


@pytest.mark.parametrize("hours", ["", "0", "-1", "100000", "x"])
def test_a_silence_of_another_length_is_refused(hours: str) -> None:
    alert = open_alert()
    assert oncall().post(f"/monitoring/alerts/{alert.pk}/silence/", {"hours": hours}).status_code == 400
    assert not Silence.objects.exists()


def test_learners_change_nothing() -> None:
    alert, learner = open_alert(), browser(person("Bo"))
    for act in ("acknowledge", "silence"):
        assert learner.post(f"/monitoring/alerts/{alert.pk}/{act}/", {"hours": "1"}).status_code == 404
    alert.refresh_from_db()
    assert alert.acknowledged_at is None


def test_alerts_that_ended_are_kept_in_sight() -> None:
    check()
    alert = open_alert()
    Alert.objects.filter(pk=alert.pk).update(resolved_at=now())
    assert "1 resolved alert" in text_of(oncall())


def test_a_channel_that_gave_up_is_named() -> None:
    check()
    open_alert()
    Notification.objects.update(channel="slack", dead_lettered_at=now(), last_error="HTTP 403")
    assert "Not delivered by slack: HTTP 403." in text_of(oncall())


def test_the_page_costs_the_same_however_much_is_wrong() -> None:
    ada = oncall()
    costs = []
    for number in range(1, 4):
        check(100 * number)
        open_alert(f"agent:{number}")
        with counting() as captured:
            text_of(ada)
        costs.append(len(statements(captured)))
    assert costs == [7, 7, 7]  # user, and six


def test_the_snapshot_costs_six_queries_and_the_word_of_a_lost_database_none() -> None:
    check()
    open_alert()
    with counting() as captured:
        on_call_snapshot(now())
    assert len(statements(captured)) == 6
    with counting() as captured:
        assert "The database does not answer." in database_lost()
    assert statements(captured) == []
