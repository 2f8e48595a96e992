"""Hole 4: a session of staff lasted a week; it ends after 12 hours, and after 30 idle minutes."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from tests.factories import browser, person
from tests.steps.staff import log_in, staff

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)


def opens(client: Client, path: str = "/admin/") -> int:
    return client.get(path).status_code


def test_a_session_ends_after_thirty_idle_minutes() -> None:
    staff()
    with time_machine.travel(START, tick=False) as clock:
        client = browser()
        log_in(client)
        clock.shift(timedelta(minutes=29))
        assert opens(client) == 200
        clock.shift(timedelta(minutes=29))
        assert opens(client, "/monitoring/") == 200
        clock.shift(timedelta(minutes=30))
        ended = client.get("/admin/accounts/user/?q=bo")
        assert ended.headers["Location"] == "/accounts/login/?next=/admin/accounts/user/%3Fq%3Dbo"
        assert opens(client) == 404  # nobody's session from then on


def test_a_session_ends_after_twelve_hours_whatever_it_does() -> None:
    staff()
    with time_machine.travel(START, tick=False) as clock:
        client = browser()
        log_in(client)
        for _ in range(28):
            clock.shift(timedelta(minutes=25))
            assert opens(client) == 200
        clock.shift(timedelta(minutes=20))
        assert opens(client) == 302


def test_every_page_counts_the_end_not_the_admin_alone() -> None:
    staff()
    with time_machine.travel(START, tick=False) as clock:
        client = browser()
        log_in(client)
        clock.shift(timedelta(minutes=31))
        assert opens(client, "/settings/") == 302
        assert "_auth_user_id" not in client.session


def test_a_new_log_in_starts_new_clocks_and_forgets_reasons() -> None:
    staff()
    with time_machine.travel(START, tick=False) as clock:
        client = browser()
        log_in(client)
        session = client.session
        session["child_record_reasons"] = {"1": "because"}
        session.save()
        for _ in range(20):
            clock.shift(timedelta(minutes=29))
            opens(client)
        client.post("/accounts/logout/")
        log_in(client)
        clock.shift(timedelta(hours=3) - timedelta(minutes=1))
        assert "child_record_reasons" not in client.session


def test_a_learner_stays_for_a_week() -> None:
    person("Bo")
    with time_machine.travel(START, tick=False) as clock:
        client = browser()
        client.post("/accounts/login/", {"login": "bo", "password": "correct-horse-9"})
        clock.shift(timedelta(days=6))
        assert opens(client, "/practice/") == 200


def test_htmx_is_sent_to_the_log_in_as_a_whole_page() -> None:
    staff()
    with time_machine.travel(START, tick=False) as clock:
        client = browser()
        log_in(client)
        clock.shift(timedelta(minutes=31))
        answer = client.get("/monitoring/", headers={"HX-Request": "true"})
        assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, "/accounts/login/?next=/monitoring/")


# -- A fresh proof for exports ---------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/dashboard/overview.csv", "/dashboard/k-factor.csv"])
def test_an_export_asks_for_the_password_and_again_after_fifteen_minutes(path: str) -> None:
    staff()
    with time_machine.travel(START, tick=False) as clock:
        client = browser()
        log_in(client)
        asked = client.get(path).headers["Location"]
        assert asked.startswith("/accounts/reauthenticate/?next=")
        assert client.post(asked, {"password": "wrong", "next": path}).status_code == 200
        answer = client.post(asked, {"password": "correct-horse-9", "next": path})
        assert answer.headers["Location"] == path
        assert client.get(path)["Content-Type"].startswith("text/csv")
        clock.shift(timedelta(minutes=14))
        assert opens(client, path) == 200
        clock.shift(timedelta(minutes=2))
        assert opens(client, path) == 302
