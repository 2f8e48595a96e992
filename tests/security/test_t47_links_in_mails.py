"""Threat 47: a link in a mail is forged, or a scanner opens it before its reader does."""

import pytest
from django.core import signing
from django.db.models import Model
from django.test import Client

from loops.core.emails import STOP_SALT, unsubscribe_token
from loops.models import Suppression
from tests.factories import browser, child, consent_request, person
from viral_engine.accounts.emails import consent_token
from viral_engine.accounts.models import Consent, ConsentRequest, Guardianship, User

pytestmark = pytest.mark.django_db


def everything() -> list[list[object]]:
    """The rows that a link of a mail may change."""
    models: list[type[Model]] = [Suppression, Consent, ConsentRequest, Guardianship, User]
    return [list(model._default_manager.order_by("pk").values()) for model in models]


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_t47_a_scanner_that_opens_every_link_changes_nothing(method: str) -> None:
    ada, kid = person("Ada"), child("Comet")
    links = [
        f"/mail/stop/{unsubscribe_token(ada.pk, 'ada@example.com')}/",
        f"/consent/{consent_token(consent_request(kid))}/",
    ]
    before = everything()
    for link in links:
        for client in (Client(), Client(headers={"user-agent": "Barracuda Sentinel (EE)"}), browser()):
            assert getattr(client, method)(link).status_code in {200, 405}
            assert getattr(client, method)(link + "?kinds=coppa&List-Unsubscribe=One-Click").status_code in {200, 405}
    assert everything() == before


def test_t47_the_readers_own_press_works_without_a_log_in_and_for_good() -> None:
    link = f"/mail/stop/{unsubscribe_token(person('Ada').pk, 'ada@example.com')}/"
    one_click = Client(enforce_csrf_checks=True).post(link, {"List-Unsubscribe": "One-Click"})
    assert one_click.status_code == 200
    assert Suppression.objects.count() == 1
    assert Client().post(link).status_code == 200
    assert Suppression.objects.count() == 1


def test_t47_a_link_signed_for_something_else_stops_nobodys_mail() -> None:
    ada = person("Ada")
    good = unsubscribe_token(ada.pk, "ada@example.com")
    payload = signing.loads(good, salt=STOP_SALT)
    forged = [
        signing.dumps(payload, salt="loops.other"),
        signing.dumps(payload),
        signing.dumps(payload, salt=STOP_SALT, key="a guessed key"),
        signing.dumps({"user": ada.pk}, salt=STOP_SALT),
        consent_token(consent_request(child("Comet"))),
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        good + "A",
        "x" * 3000,
    ]
    for token in forged:
        assert browser().post(f"/mail/stop/{token}/").status_code == 403
    assert Suppression.objects.count() == 0
