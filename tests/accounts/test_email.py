from datetime import UTC, datetime

import pytest
from allauth.account.models import EmailAddress
from pytest_django import Settings

from tests.factories import browser, child, person
from tests.steps.mailboxes import arrived

pytestmark = pytest.mark.django_db


def test_no_address_of_a_child_is_stored() -> None:
    kid = child("Comet")
    client = browser(kid)
    page = client.get("/accounts/email/").content.decode()
    assert "This account has no e-mail" in page
    assert 'name="action_add"' not in page
    client.post("/accounts/email/", {"action_add": "yes", "email": "comet@example.com"})
    kid.refresh_from_db()
    assert (kid.email, EmailAddress.objects.count(), arrived()) == (None, 0, [])


def test_from_13_on_an_address_may_be_added() -> None:
    teen = person("Teen", age=datetime.now(UTC).year - 2011, email=None)
    client = browser(teen)
    asked = {"action_add": "yes", "email": "teen@example.com"}
    assert (
        "This is not your password" in client.post("/accounts/email/", asked | {"own_password": "x"}).content.decode()
    )
    client.post("/accounts/email/", asked | {"own_password": "correct-horse-9"})
    assert list(EmailAddress.objects.values_list("user", "email")) == [(teen.pk, "teen@example.com")]
    assert "teen@example.com" in client.get("/accounts/email/").content.decode()


def test_letters_carry_the_name_of_the_site_not_of_the_host(settings: Settings) -> None:
    person("Bo")
    client = browser()
    client.post("/accounts/login/code/", {"email": "bo@example.com"})
    client.post("/accounts/password/reset/", {"email": "bo@example.com"})
    assert len(arrived()) == 2
    for letter in arrived():
        assert settings.SITE_NAME in letter.body
        assert "from testserver" not in letter.body


@pytest.mark.parametrize("path", ["password/reset/", "password/reset/done/", "login/code/", "inactive/"])
def test_every_way_in_is_a_page_of_the_house(path: str) -> None:
    page = browser().get(f"/accounts/{path}").content.decode()
    assert '<div class="card stack">' in page


@pytest.mark.parametrize("path", ["password/change/", "logout/", "email/", "reauthenticate/"])
def test_every_page_of_the_account_is_one_of_the_house(path: str) -> None:
    page = browser(person("Bo")).get(f"/accounts/{path}").content.decode()
    assert '<div class="card stack">' in page
    assert "Sign Out" not in page


def test_a_browser_that_asks_for_an_icon_finds_one() -> None:
    answer = browser().get("/favicon.ico")
    assert (answer.status_code, answer.url) == (302, "/static/site/favicon.svg")  # type: ignore[attr-defined]
