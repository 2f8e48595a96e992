"""Doors of the dashboards: who gets in, what may be asked, what it costs."""

import csv
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.db import connections
from django.test import AsyncClient
from django.utils import timezone

from monitoring.growth.queries import PAGES
from monitoring.growth.services import rollup
from monitoring.models import LifetimeValue, StreamCursor
from tests.factories import browser, counting, person, statements
from tests.monitoring.growth.factories import (
    member,
    one_referral,
    practiced,
)
from tests.sockets import in_thread
from viral_engine.accounts.models import User

ADDRESSES = [
    "/dashboard/",
    *(f"/dashboard/{page}/" for page in PAGES),
    *(f"/dashboard/{page}.csv" for page in PAGES),
    "/dashboard/report/",
]


def staff(name: str = "Gil") -> User:
    return person(name, is_staff=True)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ADDRESSES)
def test_only_staff_get_in(path: str) -> None:
    assert browser().get(path).status_code == 404
    for role in ("student", "parent", "tutor"):
        assert browser(person(role, age=40, role=role)).get(path).status_code == 404
    assert browser(person("Was", is_staff=True, is_active=True)).get(path).status_code == 200


@pytest.mark.django_db
def test_only_staff_choose_the_mail() -> None:
    assert browser().post("/dashboard/report/mail/", {"wants": "1"}).status_code == 404
    assert browser(person("Ada")).post("/dashboard/report/mail/", {"wants": "1"}).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_an_empty_site_says_so(page: str) -> None:
    answer = browser(staff()).get(f"/dashboard/{page}/")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert re.search(r"\bNaN\b", text) is None  # the letters may well be in a token
    assert any(phrase in text for phrase in ("No one", "Nobody", "No agent", "No sign-up", "No learner", "Nothing was"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("days=8", "Period: Select a valid choice. 8 is not one of the available choices."),
        ("loop=nothing", "Loop: Select a valid choice."),
        ("persona=admin", "People: Select a valid choice."),
        ("cohort=2026-02-31", "Cohorts: Choose mature or latest cohorts, or write one day as 2026-03-31."),
    ],
)
def test_bad_input_is_told_in_words(query: str, message: str) -> None:
    client = browser(staff())
    for path in ("/dashboard/", "/dashboard/k-factor/", "/dashboard/k-factor.csv"):
        answer = client.get(f"{path}?{query}")
        assert answer.status_code == 400
        assert message in answer.content.decode()
    assert client.get("/dashboard/nothing/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("query", ["", "?days=30&cohort=latest", "?days=30&loop=buddy_challenge&persona=student"])
def test_a_page_costs_at_most_13_queries_and_a_second_look_none(at: datetime, page: str, query: str) -> None:
    one_referral(at)
    LifetimeValue.objects.create(persona="student", organic_cents=100, referred_cents=150, source="Finance")
    gil = staff()
    with time_machine.travel(at, tick=False):
        first, second = browser(gil), browser(gil)
        with counting() as captured:
            assert first.get(f"/dashboard/{page}/{query}").status_code == 200
        assert len(statements(captured)) <= 13
        with counting() as captured:
            assert second.get(f"/dashboard/{page}/{query}").status_code == 200
        user, choices = 1, 1
        assert len(statements(captured)) == user + choices


@pytest.mark.django_db
def test_filters_change_what_is_counted(at: datetime) -> None:
    one_referral(at)
    client = browser(staff())
    with time_machine.travel(at, tick=False):
        everybody = client.get("/dashboard/k-factor/?days=30&cohort=latest").content.decode()
        parents = client.get("/dashboard/k-factor/?days=30&cohort=latest&persona=parent").content.decode()
        mature = client.get("/dashboard/k-factor/?days=7").content.decode()
        one_day = client.get("/dashboard/k-factor/?cohort=2026-02-16").content.decode()
        day_before = client.get("/dashboard/k-factor/?cohort=2026-02-15").content.decode()
    assert "They have until" in everybody
    assert "No one was first shown a loop" in parents
    assert "All of them have had their 14 days." in mature
    assert "K of people first shown 16 Feb" in one_day
    assert "No one was first shown a loop 15 Feb." in day_before


@pytest.mark.django_db
def test_a_single_day_of_a_cohort_can_be_picked(at: datetime) -> None:
    """The seven days up to 17 February have had their 14; the latest are of March."""
    one_referral(at)
    client = browser(staff())
    with time_machine.travel(at, tick=False):
        page = client.get("/dashboard/k-factor/").content.decode()
        chosen = client.get("/dashboard/k-factor/?cohort=2026-02-16").content.decode()
        older = client.get("/dashboard/k-factor/?cohort=2025-02-16").content.decode()
    days = re.findall(r'<option value="(2026-[0-9-]+)">', page)
    assert (len(days), days[0], days[6], days[7], days[13]) == (
        14,
        "2026-02-17",
        "2026-02-11",
        "2026-03-04",
        "2026-02-26",
    )
    assert '<optgroup label="First shown, with 14 days">' in page
    assert '<option value="2026-02-16" selected>16 Feb</option>' in chosen
    assert "K of people first shown 16 Feb" in chosen
    assert '<option value="2025-02-16" selected>First shown on 2025-02-16</option>' in older


@pytest.mark.django_db
def test_lifetime_values_are_shown_as_configured(at: datetime) -> None:
    one_referral(at)
    client = browser(staff())
    with time_machine.travel(at, tick=False):
        assert "The value of a sign-up is not set" in client.get("/dashboard/k-factor/").content.decode()
        cache.clear()
        LifetimeValue.objects.create(persona="student", organic_cents=10_000, referred_cents=14_000, source="Finance")
        page = client.get("/dashboard/k-factor/").content.decode()
    for text in ("$100.00", "$140.00", "$40.00", "Finance"):
        assert text in page


@pytest.mark.django_db(transaction=True)
async def test_a_sheet_is_sent_row_by_row(at: datetime) -> None:
    await in_thread(lambda: one_referral(at))
    client = AsyncClient()
    gil = await in_thread(staff)
    client.cookies = (await in_thread(lambda: browser(gil))).cookies  # with a fresh proof of who they are
    with time_machine.travel(at, tick=False):
        answer: Any = await client.get("/dashboard/k-factor.csv?days=7")
        assert answer.streaming
        assert answer.is_async
        text = b"".join([part async for part in answer]).decode()
        plain: Any = await client.get("/dashboard/attribution.csv?days=30")
        lines = b"".join([part async for part in plain]).decode().splitlines()
    assert lines == [
        "day,measure,loop,persona,part,amount",
        "2026-02-16,link_clicked,buddy_challenge,student,sms,1",
        "2026-03-02,signup_attributed,buddy_challenge,student,sms,1",
    ]
    await sync_to_async(connections.close_all)()  # of the thread that Django's async views work on
    rows = list(csv.DictReader(text.splitlines()))
    columns = ("first shown on", "loop", "exposed", "fvm referees", "mature")
    assert [tuple(row[name] for name in columns) for row in rows] == [
        ("2026-02-16", "all loops", "1", "1", "yes"),
        ("2026-02-16", "buddy_challenge", "1", "1", "yes"),
    ]
    assert "nan" not in text


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_what_keeps_its_numbers_from_being_those_of_now(page: str) -> None:
    at = timezone.now()
    ada = member("Ada", at)
    practiced(ada, at)
    client = browser(staff())

    def state() -> str:
        cache.clear()
        text = client.get(f"/dashboard/{page}/").content.decode()
        return text.split(f'id="growth-{page}-state"')[1].split("</div>")[0]

    assert "Nothing has been counted yet" in state()
    rollup.count_events(at=at)
    assert "All events up to a moment ago are counted." in state()
    practiced(ada, at)
    assert "All events up to a moment ago are counted." in state()
    StreamCursor.objects.update(moved_at=at - timedelta(minutes=2))
    assert "with 1 log row waiting. Is a worker running?" in state()
    rollup.count_events(at=at)
    practiced(ada, at + timedelta(hours=3))
    assert "which is in the future. Check" in state()
