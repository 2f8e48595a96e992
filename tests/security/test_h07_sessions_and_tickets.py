"""Hole 7: what outlives a password, what a log-in tells strangers, what the next person at a computer sees."""

import re
import statistics
from collections.abc import Callable
from functools import partial
from time import perf_counter
from unittest.mock import patch

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from presence.tokens import read_token, token_for
from tests.factories import browser, child, parent_of, person
from tests.sockets import dial, in_thread, serving_in_process
from tests.steps.admin import give_reason
from tests.steps.mailboxes import arrived, confirm_by_link, letters_to, reset_password
from tests.steps.sign_up import LEARNER
from viral_engine.accounts.models import Guest, User
from viral_engine.accounts.services.passwords import set_child_password
from viral_engine.accounts.viewer_profiles import viewer_profile_of
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import LoggedEvent

pytestmark = pytest.mark.django_db
OWN = re.compile(r"\b\w{64}\b|user:\d+")  # a CSRF token, the person's topic
PASSWORD, NEW = "correct-horse-9", "another-horse-7"


# -- A ticket and a socket end with the password ------------------------------------------------------------------
def by_the_page(user: User) -> None:
    answers = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert browser(user).post("/accounts/password/change/", answers).status_code == 302


def by_reset(user: User) -> None:
    reset_password(browser(), user.email or "", NEW)


def post_with_reason(client: Client, page: str, answers: dict[str, str]) -> int:
    """Change a child's record, for which staff give a reason first."""
    give_reason(client, page)
    return client.post(page, answers).status_code


def by_staff(user: User) -> None:
    staff = User.objects.create_superuser("root", "root@example.com", PASSWORD)
    answers = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    assert post_with_reason(browser(staff), f"/admin/accounts/user/{user.pk}/password/", answers) == 302


def by_staff_who_disable_it(user: User) -> None:
    staff = User.objects.create_superuser("root", "root@example.com", PASSWORD)
    answers = {"usable_password": "false", "unset-password": "yes"}
    assert post_with_reason(browser(staff), f"/admin/accounts/user/{user.pk}/password/", answers) == 302


def by_command(user: User) -> None:
    with patch("getpass.getpass", return_value=NEW):
        call_command("changepassword", user.username, stdout=open("/dev/null", "w"))  # noqa: SIM115, PTH123


def by_an_update(user: User) -> None:
    user.set_password(NEW)
    User.objects.bulk_update([user], ["password"])


@pytest.mark.parametrize("change", [by_the_page, by_reset, by_staff, by_staff_who_disable_it, by_command, by_an_update])
def test_a_ticket_ends_with_the_password(change: Callable[[User], None]) -> None:
    bo = person("Bo")
    ticket = read_token(token_for(bo, now()))
    assert ticket is not None
    assert ticket.password_stamp in viewer_profile_of(bo).password_stamps
    change(bo)
    viewer = viewer_profile_of(bo)
    assert ticket.password_stamp not in viewer.password_stamps
    assert viewer.has_signed_out_since(ticket.issued_at)
    if change is not by_an_update:
        assert LoggedEvent.objects.filter(type="signed_out", actor_id=bo.pk).exists()


def test_a_parent_who_sets_a_password_ends_the_childs_tickets() -> None:
    kid = child("Comet")
    ticket = read_token(token_for(kid, now()))
    set_child_password(parent=parent_of(kid, at=now()), child=kid, password=NEW, at=now())
    assert ticket is not None
    assert ticket.password_stamp not in viewer_profile_of(kid).password_stamps


@pytest.mark.django_db(transaction=True)
async def test_an_open_socket_ends_with_the_password() -> None:
    bo = await in_thread(lambda: person("Bo"))
    async with serving_in_process() as server:
        socket = await dial(server, bo)
        await socket.join(f"user:{bo.pk}")
        await in_thread(lambda: by_the_page(bo))
        assert await socket.closed_with() == 1001


# -- A new mailbox ------------------------------------------------------------------------------------------------
def test_a_new_mailbox_takes_the_password_and_the_old_one_hears_of_it() -> None:
    bo = person("Bo", is_proven=True)
    client, asked = browser(bo), {"action_add": "", "email": "new@example.com"}
    for wrong in ({}, {"own_password": "x"}):
        assert client.post("/accounts/email/", asked | wrong).status_code == 200
    assert arrived() == []
    client.post("/accounts/email/", asked | {"own_password": PASSWORD})
    assert "new@example.com" in letters_to("bo@example.com")[0]
    bo.refresh_from_db()
    assert bo.email == "bo@example.com"
    confirm_by_link(client, "new@example.com")
    bo.refresh_from_db()
    assert bo.email == "new@example.com"
    assert "has been changed" in letters_to("bo@example.com")[-1]


def test_a_proven_mailbox_cannot_be_removed() -> None:
    bo = person("Bo", is_proven=True)
    browser(bo).post("/accounts/email/", {"action_remove": "", "email": "bo@example.com"})
    bo.refresh_from_db()
    assert bo.email == "bo@example.com"


# -- Known and unknown read the same ------------------------------------------------------------------------------
def answer_to(client: Client, path: str, answers: dict[str, str]) -> tuple[int, str, str]:
    """Status, target and text of an answer, without tokens and what was typed."""
    response = client.post(path, answers)
    text = response.content.decode()
    for typed in answers.values():
        text = text.replace(typed, "*")
    return response.status_code, response.headers.get("Location", ""), OWN.sub("", text)


@pytest.mark.parametrize(
    ("path", "field"),
    [("/accounts/login/", "login"), ("/accounts/login/code/", "email"), ("/accounts/password/reset/", "email")],
)
def test_a_known_and_an_unknown_address_read_the_same(path: str, field: str) -> None:
    person("Bo", is_proven=True)
    person("Cy", email="cy@example.com")
    answers = {
        answer_to(browser(), path, {field: address, "password": "wrong-horse-1"})
        for address in ("bo@example.com", "cy@example.com", "unknown@example.com")
    }
    assert len(answers) == 1


def hashed(act: Callable[[], object]) -> int:
    with patch.object(PBKDF2PasswordHasher, "encode", autospec=True, side_effect=PBKDF2PasswordHasher.encode) as encode:
        act()
        return int(encode.call_count)


def log_in(login: str) -> None:
    browser().post("/accounts/login/", {"login": login, "password": "wrong-horse-1"})


@pytest.fixture
def slow_hashes(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]


@pytest.mark.usefixtures("slow_hashes")
def test_every_log_in_hashes_as_many_passwords() -> None:
    person("Bo", is_proven=True)
    person("Cy").set_unusable_password()
    claimed_twice = [person("Dee", email="dee@example.com"), person("Ada", email=None)]
    EmailAddress.objects.create(user=claimed_twice[1], email="dee@example.com")
    addresses = ("bo@example.com", "cy@example.com", "dee@example.com", "unknown@example.com")
    assert [hashed(partial(log_in, one)) for one in addresses] == [2, 2, 2, 2]
    assert [hashed(partial(log_in, one)) for one in ("bo", "cy", "unknown")] == [1, 1, 1]
    assert hashed(lambda: browser().post("/accounts/login/", {"login": "bo", "password": "x" * 4096})) == 0


@pytest.mark.usefixtures("slow_hashes")
def test_the_time_of_a_log_in_does_not_name_an_account() -> None:
    times: dict[str, list[float]] = {"bo@example.com": [], "unknown@example.com": []}
    with patch.object(PBKDF2PasswordHasher, "iterations", 20_000):
        person("Bo", is_proven=True)
        for _ in range(15):
            for address, taken in times.items():
                cache.clear()  # the limit of wrong tries is tested elsewhere
                started = perf_counter()
                log_in(address)
                taken.append(perf_counter() - started)
    known, unknown = (statistics.median(taken) for taken in times.values())
    assert abs(known - unknown) < 0.02


def sign_up_with(address: str, name: str) -> tuple[Client, tuple[int, str], str]:
    client = browser()
    client.post("/signup/", {"month": "5", "day": "4", "year": "1990"})
    response = client.post("/signup/details/?role=student", LEARNER | {"email": address, "username": name})
    text = client.get("/accounts/email/").content.decode()
    text = OWN.sub("", text).replace(address, "*").replace(name, "*")
    return client, (response.status_code, response.headers["Location"]), text


def test_sign_up_answers_by_mail() -> None:
    person("Grace", age=40, role="parent", grade=None)
    _, known, known_page = sign_up_with("grace@example.com", "bo.known")
    _, unknown, unknown_page = sign_up_with("other@example.com", "bea.known")
    assert (known, known_page) == (unknown, unknown_page)
    assert "You already have one" in letters_to("grace@example.com")[0]
    assert "confirm-email" not in letters_to("grace@example.com")[0]
    assert "confirm-email" in letters_to("other@example.com")[0]
    assert User.objects.get(email="grace@example.com").username == "grace"


@pytest.mark.usefixtures("slow_hashes")
def test_every_sign_up_hashes_one_password() -> None:
    """A known address would otherwise take twice as long, and say so."""
    person("Grace", age=40, role="parent", grade=None)
    people = [("other@example.com", "cy"), ("grace@example.com", "dee")]
    assert [hashed(partial(sign_up_with, *one)) for one in people] == [1, 1]


def test_a_claim_of_a_known_address_logs_in_like_any_other() -> None:
    """Otherwise the log-in would say, after a sign-up, whether the address had an account."""
    person("Grace", age=40, role="parent", grade=None)
    for address, name in (("grace@example.com", "bo"), ("other@example.com", "cy")):
        sign_up_with(address, name)
        answer = browser().post("/accounts/login/", {"login": address, "password": LEARNER["password"]})
        assert answer.status_code == 302


# -- The next person at the computer ------------------------------------------------------------------------------
def test_a_log_out_leaves_nothing_of_the_person(catalogue: None) -> None:
    client = browser()
    client.post("/diagnostics/math/start/")
    tutor = person("Dee", age=40, role="tutor", grade=None)
    client.post("/accounts/login/", {"login": tutor.username, "password": PASSWORD})
    secret = client.cookies["csrftoken"].value
    response = client.post("/accounts/logout/")
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert client.cookies["guest"].value == ""
    assert client.cookies["csrftoken"].value != secret
    assert client.session.get("_auth_user_id") is None
    guests = Guest.objects.count()
    client.post("/diagnostics/math/start/")
    assert Guest.objects.count() == guests + 1


def test_every_way_out_clears_the_browser() -> None:
    staff = User.objects.create_superuser("root", "root@example.com", PASSWORD)
    assert "Clear-Site-Data" in browser(staff).post("/admin/logout/").headers
    assert "Clear-Site-Data" in browser(person("Bo")).post("/settings/delete/", {"own_password": PASSWORD}).headers
    assert "Clear-Site-Data" not in browser().get("/").headers
