from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.db import connection
from django.utils.html import strip_tags
from pytest_django import Settings

from tests.factories import Committed, browser, child, guest, person
from tests.steps.mailboxes import arrived
from tests.steps.sign_up import KID, LEARNER, enter_birthday
from viral_engine.accounts import tasks
from viral_engine.accounts.models import ConsentRequest, Guest, User
from viral_engine.accounts.services import consent, purge, sign_up
from viral_engine.accounts.services.sign_up import SignUpDetails, SignUpRefused
from viral_engine.kernel.leases import TryLater
from viral_engine.kernel.models import LoggedEvent

pytestmark = pytest.mark.django_db


def test_the_age_gate_hints_at_nothing() -> None:
    page = browser().get("/signup/").content.decode()
    words = strip_tags(page.split("<main")[1].split("</main>")[0]).lower()
    assert [hint for hint in ("13", "parent", "adult", "old enough", "under") if hint in words] == []


def test_a_second_try_meets_the_first_answer() -> None:
    client = browser()
    enter_birthday(client, datetime.now(UTC).year - 10)
    assert client.get("/signup/").status_code == 302
    client.post("/signup/", {"month": "5", "day": "4", "year": "1980"})
    assert "parent_email" in client.get("/signup/details/").content.decode()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"month": "2", "day": "30", "year": "2010"}, "There is no such day"),
        ({"month": "2", "day": "3", "year": "1790"}, "Please check the year"),
        ({"month": "2", "day": "3", "year": "2990"}, "Please check the year"),
        ({"month": "", "day": "x", "year": ""}, "This field is required"),
    ],
)
def test_a_wrong_birthday_is_explained_and_kept(answer: dict[str, str], message: str) -> None:
    page = browser().post("/signup/", answer).content.decode()
    assert message in page
    assert f'value="{answer["day"]}"' in page


def test_a_learner_signs_up_and_is_logged_in() -> None:
    client = browser()
    enter_birthday(client, datetime.now(UTC).year - 15)
    response = client.post("/signup/details/?next=/practice/", LEARNER)
    assert (response.status_code, response.url) == (302, "/practice/")  # type: ignore[attr-defined]
    bo = User.objects.get(username="bo")
    assert (bo.role, bo.grade, bo.email, bo.first_name) == ("student", 8, "bo@example.com", "Bo")
    assert client.get("/practice/").status_code == 200
    assert [message.to for message in arrived()] == [["bo@example.com"]]
    assert LoggedEvent.objects.get(type="account_created").properties == {"role": "student"}


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_sign_up_never_leads_off_the_site(elsewhere: str) -> None:
    client = browser()
    enter_birthday(client, 2000)
    response = client.post("/signup/details/?role=student", LEARNER | {"next": elsewhere})
    assert (response.status_code, response.url) == (302, "/")  # type: ignore[attr-defined]


def test_fields_that_are_not_asked_for_change_nothing() -> None:
    client = browser()
    enter_birthday(client, datetime.now(UTC).year - 15)
    client.post("/signup/details/?role=tutor", LEARNER | {"role": "admin", "is_staff": "1", "birthdate": "1970-01-01"})
    bo = User.objects.get(username="bo")
    assert (bo.role, bo.is_staff, bo.is_superuser, bo.birthdate and bo.birthdate.year) == (
        "student",
        False,
        False,
        datetime.now(UTC).year - 15,
    )


def test_a_child_is_pending_and_stores_nothing_that_identifies_it() -> None:
    client = browser()
    enter_birthday(client, datetime.now(UTC).year - 10)
    response = client.post(
        "/signup/details/", KID | {"first_name": "Real", "last_name": "Name", "email": "k@example.com"}
    )
    assert response.status_code == 302
    comet = User.objects.get(username="comet")
    assert (comet.first_name, comet.last_name, comet.email) == ("", "", None)
    assert comet.consent_request.parent_email == "grace@example.com"
    assert "We wrote to your parent" in client.get("/").content.decode()


def test_errors_keep_what_was_typed() -> None:
    person("Bo")
    client = browser()
    enter_birthday(client, datetime.now(UTC).year - 15)
    page = client.post("/signup/details/", LEARNER | {"email": "new@example.com"}).content.decode()
    assert "This name is taken" in page
    assert 'value="new@example.com"' in page
    page = client.post("/signup/details/", LEARNER | {"username": "b", "password": "12345678"}).content.decode()
    assert "at least 2 characters" in page
    assert "entirely numeric" in page
    assert User.objects.count() == 1


def test_a_guest_stays_the_same_person(at: datetime) -> None:
    visitor = guest(at=at, link_code="abcdefgh")
    born = at.date().replace(year=at.year - 15)
    user = sign_up.sign_up(
        person=SignUpDetails(role="student", birthdate=born, password="correct-horse-9", username="bo"),
        guest=visitor,
        device="d",
        ip_hash="i",
        at=at,
    )
    assert user.person_id == visitor.pk
    assert Guest.objects.get().user == user
    assert LoggedEvent.objects.get().link_code == "abcdefgh"


class HasherOutsideTransactions(MD5PasswordHasher):
    """A hash of a tenth of a second inside a transaction would keep its locks for as long."""

    def encode(self, password: str, salt: str) -> str:
        assert not connection.in_atomic_block
        return super().encode(password, salt)


@pytest.mark.django_db(transaction=True)
def test_no_transaction_waits_for_a_hashed_password(settings: Settings, at: datetime) -> None:
    person("Grace", age=40, role="parent", grade=None)
    settings.PASSWORD_HASHERS = [f"{__name__}.{HasherOutsideTransactions.__name__}"]
    cy = SignUpDetails(
        role="student",
        birthdate=at.date().replace(year=at.year - 15),
        password="correct-horse-9",
        username="cy",
        email="grace@example.com",
    )
    user = sign_up.sign_up(person=cy, guest=None, device="", ip_hash="", at=at)
    assert (user.email, user.check_password("correct-horse-9")) == (None, True)


def test_minors_are_learners_only(at: datetime) -> None:
    born = at.date().replace(year=at.year - 17)
    with pytest.raises(SignUpRefused) as refusal:
        sign_up.sign_up(
            person=SignUpDetails(role="tutor", birthdate=born, password="correct-horse-9"),
            guest=None,
            device="",
            ip_hash="",
            at=at,
        )
    assert refusal.value.field == "role"
    assert User.objects.count() == 0


def ask_parent(at: datetime) -> ConsentRequest:
    kid = child("Comet")
    week = at + timedelta(days=7)
    return ConsentRequest.objects.create(child=kid, parent_email="grace@example.com", created_at=at, expires_at=week)


def test_the_parent_is_written_to_once(at: datetime) -> None:
    ask_parent(at)
    with time_machine.travel(at + timedelta(minutes=1), tick=False):
        assert tasks.mail_parents() == 1
        assert tasks.mail_parents() == 0
    letter = mail.outbox[0]
    assert (letter.to, "comet" in letter.body, "/consent/" in letter.body) == (["grace@example.com"], True, True)


def test_a_mail_that_failed_is_sent_in_a_later_round(at: datetime) -> None:
    request = ask_parent(at)

    def down(_: ConsentRequest) -> None:
        raise TryLater("ConnectionRefusedError")

    assert consent.mail_waiting_requests(send=down, at=at) == 0
    assert consent.mail_waiting_requests(send=lambda _: None, at=at + timedelta(seconds=61)) == 1
    request.refresh_from_db()
    assert request.mailed_at == at + timedelta(seconds=61)


def test_a_child_nobody_answered_for_is_deleted_after_a_week(at: datetime) -> None:
    ask_parent(at)
    person("Ada")
    assert purge.purge_unconsented(at=at + timedelta(days=6)) == 0
    assert purge.purge_unconsented(at=at + timedelta(days=7)) == 1
    assert list(User.objects.values_list("username", flat=True)) == ["ada"]


def test_log_in_by_password_and_by_code(committed: Committed) -> None:
    bo = person("Bo")
    client = browser()
    before = client.get("/accounts/login/").cookies.get("sessionid")
    client.post("/accounts/login/", {"login": "bo", "password": "correct-horse-9"})
    assert client.session["_auth_user_id"] == str(bo.pk)
    assert before is None or client.cookies["sessionid"].value != before.value

    by_code = browser()
    by_code.post("/accounts/login/code/", {"email": "bo@example.com"})
    code = arrived()[-1].body.split("\n\n")[2].strip()
    by_code.post("/accounts/login/code/confirm/", {"code": code})
    assert by_code.session.get("_auth_user_id") == str(bo.pk)


def test_six_wrong_passwords_meet_a_limit() -> None:
    person("Bo")
    client = browser()
    answers = [client.post("/accounts/login/", {"login": "bo", "password": f"wrong-{n}"}) for n in range(6)]
    assert "Too many failed login attempts" in answers[-1].content.decode()
