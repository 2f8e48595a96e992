from datetime import datetime

import pytest
from django.core import signing
from django.db import IntegrityError, transaction

from tests.factories import browser, child, consent_request, parent_of, person
from viral_engine.accounts.emails import consent_token, read_consent_token
from viral_engine.accounts.models import Consent, Guardianship
from viral_engine.accounts.services import consent
from viral_engine.accounts.services.consent import ConsentRefused
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import LoggedEvent

pytestmark = pytest.mark.django_db


def test_a_parent_answers_by_the_mailed_link() -> None:
    kid, grace = child("Comet"), person("Grace", age=40, role="parent")
    url = f"/consent/{consent_token(consent_request(kid))}/"
    client = browser(grace)
    assert "comet asks for your permission" in client.get(url).content.decode()
    assert Consent.objects.count() == 0  # a mail scanner that follows the link consents to nothing
    assert client.post(url, {"kinds": ["coppa", "third_party"]}).status_code == 302
    assert Consent.objects.kinds_for(kid.pk) == {"coppa", "third_party"}
    assert Guardianship.objects.get().parent == grace
    assert LoggedEvent.objects.filter(type="consent_given").count() == 2
    assert client.post(url, {"kinds": ["ferpa"]}).status_code == 410  # answered is answered


@pytest.mark.parametrize(("role", "age"), [("student", 15), ("tutor", 40), ("parent", 17)])
def test_nobody_but_an_adult_parent_answers(role: str, age: int) -> None:
    kid, other = child("Comet"), person("Dee", age=age, role=role)
    page = browser(other).post(f"/consent/{consent_token(consent_request(kid))}/", {"kinds": ["coppa"]})
    assert "Log in with a parent" in page.content.decode()
    assert Consent.objects.count() == 0


def test_a_stranger_is_asked_to_log_in_first() -> None:
    url = f"/consent/{consent_token(consent_request(child('Comet')))}/"
    page = browser().post(url, {"kinds": ["coppa"]}).content.decode()
    assert "Make a parent account" in page
    assert Consent.objects.count() == 0


def test_a_token_made_for_something_else_is_refused() -> None:
    foreign = signing.dumps(consent_request(child("Comet")).pk, salt="something.else")
    with pytest.raises(signing.BadSignature):
        read_consent_token(foreign)
    assert browser().get(f"/consent/{foreign}/").status_code == 410


def test_withdrawal_holds_at_once_and_only_within_the_family(at: datetime) -> None:
    kid = child("Comet")
    grace, stranger = parent_of(kid, at=at), person("Dee", age=40, role="parent")
    consent.give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=at)
    with pytest.raises(ConsentRefused):
        consent.withdraw_consent(parent=stranger, child=kid, kind="coppa", at=at)
    assert browser(stranger).post(f"/family/{kid.pk}/withdraw/coppa/").status_code == 404
    assert browser(grace).post(f"/family/{kid.pk}/withdraw/coppa/").status_code == 302
    assert Consent.objects.kinds_for(kid.pk) == set()
    assert consent.withdraw_consent(parent=grace, child=kid, kind="coppa", at=now()) is False


def test_one_consent_of_a_kind_is_in_force(at: datetime) -> None:
    kid = child("Comet")
    grace = parent_of(kid, at=at)
    first = consent.give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=at)
    assert consent.give_consent(parent=grace, child=kid, kind="coppa", method="x", ip_hash="", at=at) == first
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.create(
            child=kid, given_by=grace, kind="coppa", method="x", text_version="x", given_at=at, ip_hash=""
        )
