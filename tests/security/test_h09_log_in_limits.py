"""Hole 9: one pupil's wrong log-ins must not lock out the school that shares the address."""

import pytest
from django.test import Client

from tests.factories import browser, person
from tests.steps.sign_up import sign_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
PASSWORD, LOCKED = "correct-horse-9", "Too many failed login attempts"


def try_log_in(client: Client, login: str, password: str) -> str:
    """in, wrong or locked."""
    response = client.post("/accounts/login/", {"login": login, "password": password})
    if response.status_code == 302:
        return "in"
    return "locked" if LOCKED in response.content.decode() else "wrong"


def test_twenty_wrong_log_ins_leave_the_school_open() -> None:
    for name in ("Ada", "Bo", "Cy"):
        person(name)
    pupil = browser()
    answers = [try_log_in(pupil, "ada", f"wrong-{n}") for n in range(20)]
    assert answers == ["wrong"] * 5 + ["locked"] * 15
    assert [try_log_in(browser(), name, PASSWORD) for name in ("bo", "cy")] == ["in", "in"]
    assert try_log_in(pupil, "bo", PASSWORD) == "in"


def test_the_owner_still_logs_in_from_a_known_browser() -> None:
    person("Ada")
    at_home = browser()
    assert try_log_in(at_home, "ada", PASSWORD) == "in"
    at_home.post("/accounts/logout/")
    for n in range(6):
        try_log_in(browser(), "ada", f"wrong-{n}")
    assert try_log_in(browser(), "ada", PASSWORD) == "locked"
    assert try_log_in(at_home, "ada", PASSWORD) == "in"


def test_new_devices_buy_no_new_tries_and_names_of_one_account_share_them() -> None:
    person("Ada")
    spellings = ["ada", "ADA", "ada@example.com", "Ada@Example.com", "ada."]
    assert [try_log_in(browser(), login, "wrong-1") for login in spellings] == ["wrong"] * 5
    assert try_log_in(browser(), "ada@example.com", PASSWORD) == "locked"


def test_a_known_browser_has_a_limit_too() -> None:
    person("Ada")
    at_home = browser()
    try_log_in(at_home, "ada", PASSWORD)
    at_home.post("/accounts/logout/")
    assert [try_log_in(at_home, "ada", f"wrong-{n}") for n in range(6)] == ["wrong"] * 5 + ["locked"]


@pytest.mark.parametrize("device", ["", "forged", "of another browser"])
def test_a_known_browser_buys_no_tries_with_another_device_cookie(device: str) -> None:
    person("Ada")
    person("Bo")
    at_home, other = browser(), browser()
    try_log_in(at_home, "ada", PASSWORD)
    at_home.post("/accounts/logout/")
    try_log_in(other, "bo", PASSWORD)
    cookies = {"": "", "forged": "x", "of another browser": other.cookies["device"].value}
    answers = []
    for n in range(7):
        at_home.cookies["device"] = cookies[device]
        answers.append(try_log_in(at_home, "ada", f"wrong-{n}"))
    assert answers == ["wrong"] * 5 + ["locked"] * 2
    assert try_log_in(browser(), "ada", PASSWORD) == "locked"  # they counted as a strange browser's


def test_a_browser_that_signed_up_is_known() -> None:
    """Its first response gives it the device's id and the mark that is bound to it."""
    client = browser()
    sign_up(client, "Ada", year=2009)
    client.post("/accounts/logout/")
    for n in range(6):
        try_log_in(browser(), "ada", f"wrong-{n}")
    assert try_log_in(client, "ada", PASSWORD) == "in"


def test_right_log_ins_do_not_count() -> None:
    person("Ada")
    assert {try_log_in(browser(), "ada", PASSWORD) for _ in range(12)} == {"in"}


def test_a_network_has_a_high_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viral_engine.accounts.services.log_in_limits.PER_NETWORK", 8)
    person("Ada")
    assert [try_log_in(browser(), f"nobody{n}", "wrong-1") for n in range(8)] == ["wrong"] * 8
    assert try_log_in(browser(), "ada", PASSWORD) == "locked"
