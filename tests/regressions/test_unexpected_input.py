"""Input that no layer expected is a 400, a 404, a form error or a typed reply."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from presence.transport.protocol import decode, fits_columns
from tests.factories import browser, cohort_of, person
from tests.steps.sign_up import LEARNER, enter_birthday
from viral_engine.accounts.models import User
from viral_engine.kernel.converters import read_id
from viral_engine.learning.models import Subject, TutoringSession, TutorStudent

pytestmark = pytest.mark.django_db
MANY = "9" * 5000


@pytest.mark.parametrize("year", ["99999999999", "10000", "0", "-5", MANY])
def test_a_year_outside_the_calendar_is_a_form_error(year: str) -> None:
    page = browser().post("/signup/", {"month": "2", "day": "3", "year": year})
    assert page.status_code == 200
    assert "Please check the year" in page.content.decode() or "whole number" in page.content.decode()


@pytest.mark.parametrize("started", ["9999-12-31T23:59", "0001-01-01T00:00", "1999-12-31T23:59", "2200-01-02T00:00"])
def test_a_session_at_the_end_of_the_calendar_is_a_form_error(math: Subject, at: datetime, started: str) -> None:
    toni, ada = person("Toni", age=40, role="tutor", grade=None), person("Ada")
    TutorStudent.objects.create(tutor=toni, student=ada, created_at=at)
    answers = {"student_id": str(ada.pk), "subject": str(math.pk), "started_at": started, "duration_min": "480"}
    page = browser(toni).post("/sessions/new/", answers)
    assert (page.status_code, TutoringSession.objects.count()) == (200, 0)
    assert "Please check the year" in page.content.decode()


@pytest.mark.parametrize("number", [MANY, "9" * 19, "-1", "1.5", "\u0663"])
@pytest.mark.parametrize(
    "path", ["/cohorts/{}/", "/together/{}/", "/sessions/{}/", "/recaps/{}/", "/loops/prompts/{}/why/"]
)
def test_an_id_that_no_row_has_is_not_found(path: str, number: str) -> None:
    assert browser(person("Ada")).get(path.format(number)).status_code == 404


def test_ids_that_clients_write_are_read_in_one_way() -> None:
    assert read_id("17") == 17
    assert [read_id(text) for text in (MANY, "9" * 19, "-1", "", " 1", "\u0663", "½", None, 17)] == [None] * 9


@pytest.mark.parametrize("number", [MANY, "\u0663", "½", "-1"])
def test_a_phase_or_a_place_in_the_feed_that_is_no_number(number: str) -> None:
    root = User.objects.create_superuser("root", "root@example.com", "correct-horse-9")
    ada = browser(person("Ada"))
    for kind in ("csv", "json"):
        response = browser(root).get(f"/experiments/streak_rescue_copy/results.{kind}", {"phase": number})
        assert response.status_code < 500
    assert ada.get("/feed/older/", {"before": number}).status_code == 400
    assert ada.post("/together/", {"friend": number, "skill": "algebra"}).status_code in {302, 404}


# -- NUL -------------------------------------------------------------------------------------------------------
def test_nul_in_a_cookie_is_a_bad_request_on_every_database() -> None:
    for name in ("sessionid", "guest", "device", "birthdate", "csrftoken", "messages"):
        client = browser()
        client.cookies[name] = "a\x00b"
        response = client.get("/practice/")
        assert response.status_code == 400, name
        assert "We could not read that" in response.content.decode()
        assert (response["X-Frame-Options"], response["Cache-Control"]) == ("DENY", "private, no-store")


def test_nul_in_a_form_a_query_or_a_path_is_a_bad_request(at: datetime) -> None:
    ada = person("Ada")
    cohort = cohort_of(ada, at=at)
    client = browser(ada)
    assert client.post(f"/cohorts/{cohort.pk}/challenges/", {"skill": "\x00"}).status_code == 400
    assert client.post("/friends/ask/", {"username\x00": "bo"}).status_code == 400
    assert client.get("/friends/", {"username": "a\x00"}).status_code == 400
    assert client.get("/r/%00").status_code == 400
    root = User.objects.create_superuser("root", "root@example.com", "correct-horse-9")
    assert browser(root).get("/admin/accounts/user/", {"q": "\x00"}).status_code == 400


def test_a_wrong_host_and_a_broken_upload_are_bad_requests() -> None:
    assert Client(headers={"host": "evil.example"}).get("/").status_code == 400
    broken = Client().post("/signup/", data=b"--x\r\nnothing", content_type="multipart/form-data; boundary=")
    assert broken.status_code == 400


# -- Sockets ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("payload", "fits"),
    [
        ('{"skill": "algebra"}', True),
        ('{"text": "\\u00e9 \\ud83d\\ude00"}', True),
        ('{"skill": "\\u0000"}', False),
        ('{"skill": "\\ud800"}', False),
        ('{"a": [{"\\udfff": 1}]}', False),
        (f'{{"number": {10**25}}}', False),
        ('{"score": 1e400}', False),
    ],
)
def test_a_payload_fits_the_columns_of_a_database(payload: str, fits: bool) -> None:
    text = f'["1", "2", "cohort:1", "send_message", {payload}]'
    assert fits_columns(text, decode(text)) is fits


# -- Passwords -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("password", ["correct horse 9 ", " correct horse 9", "correct\u00a0horse 9\u2003"])
def test_a_password_is_kept_as_typed(password: str) -> None:
    client = browser()
    enter_birthday(client, datetime.now(UTC).year - 15)
    assert client.post("/signup/details/", LEARNER | {"password": password}).status_code == 302
    login = browser().post("/accounts/login/", {"login": "bo", "password": password})
    assert login.status_code == 302
    assert browser().post("/accounts/login/", {"login": "bo", "password": password.strip()}).status_code == 200
    client.post("/settings/delete/", {"own_password": password})
    assert not User.objects.filter(username="bo").exists()


def test_a_password_of_a_megabyte_is_refused_unhashed(monkeypatch: pytest.MonkeyPatch) -> None:
    long = "correct horse 9" * 50_000
    ada = person("Ada")
    hashed: list[str] = []
    monkeypatch.setattr("django.contrib.auth.hashers.MD5PasswordHasher.encode", lambda _, raw, __: hashed.append(raw))
    client = browser()
    enter_birthday(client, datetime.now(UTC).year - 15)
    assert "at most 128" in client.post("/signup/details/", LEARNER | {"password": long}).content.decode()
    for path, field in (
        ("/accounts/login/", {"login": "ada", "password": long}),
        ("/settings/delete/", {"own_password": long}),
        ("/accounts/password/change/", {"oldpassword": long, "password1": "x", "password2": "x"}),
    ):
        assert browser(ada if "login" not in path else None).post(path, field).status_code == 200
    assert hashed == []
