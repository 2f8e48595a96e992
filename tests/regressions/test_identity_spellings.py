"""One person, one name and one mailbox, whatever the spelling and whatever the door."""

from datetime import UTC, datetime

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from tests.factories import browser, person
from tests.steps.admin import give_reason
from tests.steps.mailboxes import arrived
from tests.steps.sign_up import KID, LEARNER, enter_birthday
from viral_engine.accounts.models import ConsentRequest, User
from viral_engine.accounts.services.friends import find_learner

pytestmark = pytest.mark.django_db

FULL_WIDTH = "\uff41\uff44\uff41"
CYRILLIC = "\u0430\u0501\u0430"  # looks like "ada", and has no letter of it
SPELLINGS = ["ADA", "Ada", FULL_WIDTH, CYRILLIC, "Ada\u200b", "a\u00adda", "ada\u202e", "\u24d0\u24d3\u24d0"]


def sign_up(**answers: str) -> str:
    client = browser()
    enter_birthday(client, datetime.now(UTC).year - 15)
    response = client.post("/signup/details/", LEARNER | answers)
    return "" if response.status_code == 302 else response.content.decode()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_another_spelling_of_a_taken_name_is_taken(spelling: str) -> None:
    person("Ada")
    assert "This name is taken" in sign_up(username=spelling)
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "name", ["\u3164", "\u3164\u3164", "...", "ada.", "_ada", "12345", "\u0430da", "a\u0334\u0322\u0328\u0347da"]
)
def test_names_that_nobody_could_type_or_tell_apart_are_refused(name: str) -> None:
    assert "<form" in sign_up(username=name)
    assert User.objects.count() == 0


@pytest.mark.parametrize("name", ["\u3164", "\u202e", "\u200b", "\u2800", "5"])
def test_a_first_name_has_a_letter_that_is_seen(name: str) -> None:
    assert "<form" in sign_up(first_name=name)
    assert User.objects.count() == 0


def test_a_first_name_is_kept_without_its_invisible_characters() -> None:
    assert sign_up(first_name="B\u200bo\u202e") == ""
    assert User.objects.get().first_name == "Bo"


@pytest.mark.parametrize("spelling", [*SPELLINGS, " ada "])
def test_every_spelling_logs_in_and_finds_the_person(spelling: str) -> None:
    ada, bo = person("Ada"), person("Bo")
    client = browser()
    response = client.post("/accounts/login/", {"login": spelling, "password": "correct-horse-9"})
    assert (response.status_code, client.session["_auth_user_id"]) == (302, str(ada.pk))
    assert find_learner(asker=bo, username=spelling, at=datetime.now(UTC)) == ada
    assert browser(bo).get("/friends/", {"username": spelling}).context["result"].person == ada


def test_a_friend_is_asked_under_another_spelling() -> None:
    person("Ada")
    page = browser(person("Bo")).post("/friends/ask/", {"username": "@ADA"}, follow=True).content.decode()
    assert "Request sent" in page


def test_the_database_refuses_a_second_spelling_however_it_is_written() -> None:
    person("Ada")
    bo = person("Bo")
    for write in (
        lambda: User.objects.bulk_create([User(username="ADA")]),
        lambda: User.objects.filter(pk=bo.pk).update(username="ADA"),
        lambda: User.objects.create(username=FULL_WIDTH),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            write()


def test_a_renamed_account_is_found_by_its_new_name_only() -> None:
    ada = person("Ada")
    User.objects.filter(pk=ada.pk).update(username="Comet")
    assert User.objects.named("COMET").get() == ada
    ada.username = "Star"
    ada.save(update_fields=["username"])
    assert User.objects.named("star").get() == ada
    assert not User.objects.named("comet").exists()


def test_the_admin_refuses_a_second_spelling_and_blocks_people_with_old_names() -> None:
    staff = User.objects.create_superuser("root", "root@example.com", "correct-horse-9")
    person("Ada")
    bo = person("Bo")
    User.objects.filter(pk=bo.pk).update(username="bo@example.com")  # from before the rule
    client = browser(staff)
    added = client.post(
        "/admin/accounts/user/add/",
        {"username": "ADA", "password1": "correct-horse-9", "password2": "correct-horse-9", "usable_password": "true"},
    )
    assert "This name is taken" in added.content.decode()
    give_reason(client, f"/admin/accounts/user/{bo.pk}/change/")
    form = client.get(f"/admin/accounts/user/{bo.pk}/change/").context["adminform"].form
    answers = {
        name: value for name, value in form.initial.items() if isinstance(value, str | int) and value is not False
    }
    blocked = answers | {"blocked_at_0": "2026-03-04", "blocked_at_1": "15:00:00", "birthdate": str(bo.birthdate)}
    assert client.post(f"/admin/accounts/user/{bo.pk}/change/", blocked).status_code == 302
    bo.refresh_from_db()
    assert bo.blocked_at is not None


def test_wrong_passwords_count_together_for_all_spellings() -> None:
    person("Ada")
    client = browser()
    for spelling in ("ada", "ADA", FULL_WIDTH, CYRILLIC, "Ada\u200b"):
        client.post("/accounts/login/", {"login": spelling, "password": "wrong"})
    page = client.post("/accounts/login/", {"login": "aDa", "password": "correct-horse-9"}).content.decode()
    assert "Too many" in page


# -- Mailboxes -------------------------------------------------------------------------------------------------
UNSENDABLE = ["a@" + "ü" * 60 + ".com", "a@" + ".".join(["b" * 60] * 4) + ".example.com", "\u3164@example.com"]


@pytest.mark.parametrize("address", UNSENDABLE)
def test_an_address_that_no_mail_reaches_is_refused_by_every_form(address: str) -> None:
    ada = person("Ada", email=None)
    assert "<form" in sign_up(email=address)
    kid = browser()
    enter_birthday(kid, datetime.now(UTC).year - 10)
    assert kid.post("/signup/details/", KID | {"parent_email": address}).status_code == 200
    assert browser(ada).post("/accounts/email/", {"action_add": "", "email": address}).status_code == 200
    assert browser().post("/accounts/password/reset/", {"email": address}).status_code == 200
    assert browser().post("/accounts/login/code/", {"email": address}).status_code == 200
    assert browser().post("/accounts/login/", {"login": address, "password": "x"}).status_code == 200
    assert (User.objects.count(), ConsentRequest.objects.count(), EmailAddress.objects.count()) == (1, 0, 0)
    assert arrived() == []


def test_one_mailbox_is_one_account_in_whatever_spelling() -> None:
    person("Ada", email="ada@xn--bcher-kva.example")
    sign_up(email="Ada@Bücher.example")
    assert list(User.objects.exclude(email=None).values_list("username", flat=True)) == ["ada"]
    response = browser().post("/accounts/login/", {"login": "ADA@BÜCHER.example", "password": "correct-horse-9"})
    assert response.status_code == 302
    browser().post("/accounts/login/code/", {"email": "ada@bücher.example"})
    assert [letter.to for letter in arrived()] == [["ada@xn--bcher-kva.example"]] * 2  # a confirmation, and the code
