"""Threat 18: another site logs a visitor in, or a session that an attacker planted survives the log-in."""

import pytest
from django.test import Client

from tests.factories import browser, person

pytestmark = pytest.mark.django_db
ANSWERS = {"login": "bo", "password": "correct-horse-9"}
DOORS = ["/accounts/login/", "/accounts/login/code/", "/accounts/logout/", "/accounts/password/reset/"]


@pytest.mark.parametrize("door", DOORS)
def test_a_form_of_another_site_is_refused(door: str) -> None:
    person("Bo")
    assert Client(enforce_csrf_checks=True).post(door, ANSWERS).status_code == 403


def test_a_planted_session_does_not_become_the_visitors() -> None:
    person("Bo")
    attacker = browser()
    session = attacker.session
    session["planted"] = True
    session.save()
    planted = session.session_key or ""
    visitor = browser()
    visitor.cookies["sessionid"] = planted
    visitor.post("/accounts/login/", ANSWERS)
    assert visitor.cookies["sessionid"].value != planted
    attacker.cookies["sessionid"] = planted
    assert attacker.get("/settings/").status_code == 302  # still nobody


def test_one_persons_session_is_not_continued_by_the_next() -> None:
    ada, bo = person("Ada"), person("Bo")
    client = browser(ada)
    session = client.session
    session["private"] = "of Ada"
    session.save()
    client.force_login(bo, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.session.get("private") is None
