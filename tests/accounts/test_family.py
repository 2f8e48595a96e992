"""The family page of a parent."""

from datetime import datetime, timedelta
from functools import partial
from urllib.parse import quote

import pytest
import time_machine
from django.test import Client
from django.utils.html import strip_tags

from tests.factories import browser, child, cohort_of, consent_request, counting, parent_of, person, statements
from tests.steps.sign_up import KID, LEARNER, enter_birthday
from viral_engine.accounts.emails import consent_token
from viral_engine.accounts.models import Consent, User
from viral_engine.accounts.queries import family_of
from viral_engine.accounts.rules import CONSENT_TEXTS
from viral_engine.accounts.services import consent, erasure, passwords, purge
from viral_engine.accounts.services.consent import ConsentRefused
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import LoggedEvent

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-9"
SHARED = ("presence_visible", "feed_visible", "growth_prompts")


def words(client: Client, path: str) -> str:
    page = client.get(path)
    assert page.status_code == 200
    return " ".join(strip_tags(page.content.decode().split("<main")[1]).split())


def switches(kid: User) -> set[str]:
    kid.refresh_from_db()
    return {name for name in User.PREFERENCES if getattr(kid, name)}


def test_an_empty_answer_is_asked_twice() -> None:
    kid, grace = child("Comet"), person("Grace", age=40, role="parent")
    url = f"/consent/{consent_token(consent_request(kid))}/"
    client = browser(grace)
    page = client.post(url, {}).content.decode()
    assert "You ticked nothing." in page
    assert kid.consent_request.answered_at is None
    assert client.post(url, {"refuse": "yes"}).status_code == 302
    kid.consent_request.refresh_from_db()
    assert (kid.consent_request.answered_at is None, Consent.objects.count()) == (False, 0)
    assert "practices alone" in words(client, "/family/")


def test_a_parent_who_said_no_may_agree_later_with_their_password() -> None:
    kid = child("Comet")
    client = browser(parent_of(kid, at=now()))
    url = f"/family/{kid.pk}/agree/"
    assert f'href="{url}"' in client.get("/family/").content.decode()
    assert "This is not your password" in client.post(url, {"kinds": ["coppa"], "own_password": "x"}).content.decode()
    assert "Tick at least one box" in client.post(url, {"own_password": PASSWORD}).content.decode()
    assert Consent.objects.count() == 0
    assert client.post(url, {"kinds": ["coppa", "ferpa"], "own_password": PASSWORD}).status_code == 302
    assert set(Consent.objects.values_list("kind", "method")) == {("coppa", "password"), ("ferpa", "password")}
    assert "my child uses challenges" not in words(client, url)  # only what is still open is offered


def test_passwords_are_not_guessed_on_the_family_page() -> None:
    kid = child("Comet")
    client = browser(parent_of(kid, at=now()))
    for _ in range(5):
        client.post(f"/family/{kid.pk}/agree/", {"kinds": ["coppa"], "own_password": "x"})
    page = client.post(f"/family/{kid.pk}/agree/", {"kinds": ["coppa"], "own_password": PASSWORD}).content.decode()
    assert "Too many tries" in page
    assert Consent.objects.count() == 0


def test_taking_back_is_confirmed_on_a_page_of_its_own(at: datetime) -> None:
    kid = child("Comet")
    grace = parent_of(kid, at=at)
    consent.give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=at)
    client = browser(grace)
    url = f"/family/{kid.pk}/withdraw/coppa/"
    assert "will practice alone" in words(client, url)
    assert Consent.objects.kinds_for(kid.pk) == {"coppa"}
    assert client.post(url).status_code == 302
    assert Consent.objects.kinds_for(kid.pk) == set()
    assert client.get(url).status_code == 404


def test_the_page_says_what_is_true_at_each_age(at: datetime) -> None:
    kid, teen = child("Comet", age=10), person("Teen", age=14)
    grace = parent_of(kid, at=at)
    teen.guardians.create(parent=grace, created_at=at)
    page = words(browser(grace), "/family/")
    assert page.count("comet practices alone") == 1
    assert "teen practices alone" not in page
    assert "Teen L. uses challenges and rooms without a parent's permission" in page


def test_the_words_agreed_to_are_the_words_shown_later(at: datetime) -> None:
    kid, grace = child("Comet"), person("Grace", age=40, role="parent")
    url = f"/consent/{consent_token(consent_request(kid))}/"
    asked_words = browser(grace).get(url).content.decode()
    by_mail = {kind: text for kind, text in CONSENT_TEXTS.items() if kind != "disclosure"}
    browser(grace).post(url, {"kinds": list(by_mail)})
    page = browser(grace).get("/family/").content.decode()
    for sentence in by_mail.values():
        assert sentence in asked_words
        assert sentence in page


def test_agreeing_later_answers_a_request_still_open(at: datetime) -> None:
    kid = child("Comet")
    consent_request(kid)
    consent.give_consent(parent=parent_of(kid, at=at), child=kid, kind="coppa", method="password", ip_hash="", at=now())
    assert purge.purge_unconsented(at=now() + timedelta(days=8)) == 0
    assert User.objects.filter(pk=kid.pk).exists()


@pytest.mark.parametrize("children", [1, 3])
def test_the_family_costs_two_queries(at: datetime, children: int) -> None:
    grace = person("Grace", age=41, role="parent")
    for number in range(children):
        child(f"Kid{number}").guardians.create(parent=grace, created_at=at)
    with counting() as captured:
        assert len(family_of(grace, at.date())) == children
    assert len(statements(captured)) == 2


def test_a_child_shares_nothing_until_a_parent_agrees_and_nothing_after_they_took_it_back(at: datetime) -> None:
    client = browser()
    enter_birthday(client, now().year - 10)
    client.post("/signup/details/", KID)
    kid = User.objects.get(username="comet")
    assert switches(kid) == set()
    assert "Until your parent says yes" in words(client, "/settings/")
    client.post("/settings/", {"avatar": "mint", "presence_visible": "on", "feed_visible": "on"})
    assert (switches(kid), kid.avatar) == (set(), "mint")
    grace = parent_of(kid, at=at)
    consent.give_consent(parent=grace, child=kid, kind="ferpa", method="email_plus", ip_hash="", at=now())
    assert switches(kid) == set()
    consent.give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=now())
    assert switches(kid) == set(SHARED)
    consent.withdraw_consent(parent=grace, child=kid, kind="coppa", at=now())
    assert switches(kid) == set()


def test_a_second_parents_consent_leaves_the_childs_own_opt_out_alone(at: datetime) -> None:
    kid = child("Comet", **dict.fromkeys(User.PREFERENCES, False))
    grace, alan = parent_of(kid, at=at), parent_of(kid, "Alan", at=at)
    agree = partial(consent.give_consent, child=kid, kind="coppa", method="password", ip_hash="")
    agree(parent=grace, at=at)
    assert switches(kid) == set(SHARED)
    browser(kid).post("/settings/", {"avatar": "mint", "feed_visible": "on"})
    agree(parent=alan, at=at + timedelta(hours=1))
    assert switches(kid) == {"feed_visible"}
    for parent in (grace, alan):  # withdrawn by both, then given again: the first consent in force switches features on
        consent.withdraw_consent(parent=parent, child=kid, kind="coppa", at=at + timedelta(hours=2))
    agree(parent=alan, at=at + timedelta(hours=3))
    assert switches(kid) == set(SHARED)


def test_a_learner_of_13_or_more_keeps_their_switches_whatever_a_parent_agrees_to(at: datetime) -> None:
    teen = person("Teen", age=14, presence_visible=False)
    grace = parent_of(teen, at=at)
    consent.give_consent(parent=grace, child=teen, kind="coppa", method="password", ip_hash="", at=now())
    consent.withdraw_consent(parent=grace, child=teen, kind="coppa", at=now())
    assert switches(teen) == set(User.PREFERENCES) - {"presence_visible"}


def test_a_parent_sets_a_new_password_for_a_child_without_an_email() -> None:
    kid = child("Comet")
    client, at_kid = browser(parent_of(kid, at=now())), browser(kid)
    url = f"/family/{kid.pk}/password/"
    new = {"new_password": "fresh-pony-77", "own_password": PASSWORD}
    assert "entirely numeric" in client.post(url, new | {"new_password": "12345678"}).content.decode()
    assert client.post(url, new).status_code == 302
    assert at_kid.get("/practice/").status_code == 302  # logged out everywhere
    kid.refresh_from_db()
    assert kid.check_password("fresh-pony-77")
    assert kid.signed_out_at is not None
    assert LoggedEvent.objects.filter(type="signed_out", actor_id=kid.pk).count() == 1


def test_nobody_else_sets_a_password(at: datetime) -> None:
    kid, teen = child("Comet"), person("Teen", age=14)
    grace, stranger = parent_of(kid, at=at), person("Dee", age=40, role="parent")
    teen.guardians.create(parent=grace, created_at=at)
    assert browser(stranger).get(f"/family/{kid.pk}/password/").status_code == 404
    assert browser(grace).get(f"/family/{teen.pk}/password/").status_code == 404  # has an e-mail to reset it by
    for parent, whose in ((stranger, kid), (grace, teen)):
        with pytest.raises(ConsentRefused):
            passwords.set_child_password(parent=parent, child=whose, password="fresh-pony-77", at=at)


def test_nobody_answers_for_somebody_of_age_or_takes_over_their_account(at: datetime) -> None:
    grown = person("Dora", age=18, at=at, email=None)
    grace = parent_of(grown, at=at)
    with time_machine.travel(at, tick=False):
        client = browser(grace)
        page = client.get("/family/").content.decode()
        assert "Dora L. is an adult" in page
        assert f"/family/{grown.pk}/" not in page  # neither agree, password nor delete
        answers = {"kinds": ["ferpa"], "new_password": "fresh-pony-77", "own_password": PASSWORD}
        for path in ("agree", "password"):
            url = f"/family/{grown.pk}/{path}/"
            assert (client.get(url).status_code, client.post(url, answers).status_code) == (404, 404)
    with pytest.raises(ConsentRefused, match="is an adult now"):
        passwords.set_child_password(parent=grace, child=grown, password="fresh-pony-77", at=at)
    for kind in CONSENT_TEXTS:
        with pytest.raises(ConsentRefused, match="is an adult now"):
            consent.give_consent(parent=grace, child=grown, kind=kind, method="password", ip_hash="", at=at)
    with pytest.raises(ConsentRefused, match="is an adult now"):
        erasure.erase_child(parent=grace, child=grown, at=at)
    grown.refresh_from_db()
    assert (grown.check_password(PASSWORD), grown.is_active, Consent.objects.count()) == (True, True, 0)


def test_what_was_agreed_to_for_a_minor_may_be_taken_back_when_they_are_of_age(at: datetime) -> None:
    teen = person("Teen", age=17, at=at)
    grace = parent_of(teen, at=at)
    consent.give_consent(parent=grace, child=teen, kind="ferpa", method="password", ip_hash="", at=at)
    with time_machine.travel(at + timedelta(days=365), tick=False):
        assert browser(grace).post(f"/family/{teen.pk}/withdraw/ferpa/").status_code == 302
    assert Consent.objects.kinds_for(teen.pk) == set()


def test_the_parent_who_was_asked_gets_the_parents_form() -> None:
    url = f"/consent/{consent_token(consent_request(child('Comet')))}/"
    client = browser()
    page = client.get(url).content.decode()
    assert f"/signup/?role=parent&amp;next={quote(url)}" in page
    answer = client.post(f"/signup/?role=parent&next={url}", {"month": "5", "day": "4", "year": "1984"})
    details = client.get(answer.url).content.decode()  # type: ignore[attr-defined]
    assert 'name="last_name"' in details
    assert 'name="grade"' not in details
    grown = LEARNER | {"last_name": "Hopper", "email": "grace@example.com"}
    assert client.post(answer.url, grown).url == url  # type: ignore[attr-defined]
    assert User.objects.get(email="grace@example.com").role == "parent"


def test_somebody_who_may_not_answer_sees_no_boxes() -> None:
    kid = child("Comet")
    url = f"/consent/{consent_token(consent_request(kid))}/"
    for who in (kid, person("Dee", age=15)):
        page = browser(who).get(url).content.decode()
        assert "Log in with a parent" in page
        assert 'name="kinds"' not in page


def test_one_parent_leaving_takes_back_only_what_they_gave(at: datetime) -> None:
    from viral_engine.accounts.services.consent import withdraw_all_given_by

    kid = child("Comet")
    grace, alan = parent_of(kid, at=at), parent_of(kid, "Alan", at=at)
    cohort_of(kid, at=at)
    for parent in (grace, alan):
        consent.give_consent(parent=parent, child=kid, kind="coppa", method="email_plus", ip_hash="", at=at)
    withdraw_all_given_by(parent=grace, at=at + timedelta(days=1))
    assert (Consent.objects.kinds_for(kid.pk), switches(kid) >= set(SHARED)) == ({"coppa"}, True)
    withdraw_all_given_by(parent=alan, at=at + timedelta(days=1))
    assert (Consent.objects.kinds_for(kid.pk), switches(kid) & set(SHARED)) == (set(), set())
    assert LoggedEvent.objects.filter(type="consent_withdrawn").count() == 1
