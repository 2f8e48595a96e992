"""Hole 4: sixty wrong passwords at the admin were free, and a password alone opened it."""

import re
from io import StringIO

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import caches
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings
from redis.exceptions import ConnectionError as RedisAway

from tests.factories import browser, person
from tests.steps.mailboxes import arrived
from tests.steps.staff import (
    code_of,
    log_in,
    read_secret,
    recovery_codes,
    staff,
    stored_secret,
    type_password,
    with_app,
)
from viral_engine.accounts.services.erasure import erase_account
from viral_engine.kernel.clock import now
from viral_engine.staff.middleware import StaffAuthentication

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
TOO_MANY = "Too many failed login attempts"


@pytest.fixture
def must_use_app(settings: Settings) -> None:
    settings.STAFF_MFA_REQUIRED = True


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def away(*_: object, **__: object) -> bool:
    raise RedisAway


def test_sixty_wrong_passwords_are_refused_from_the_sixth_on() -> None:
    staff()
    answers = [type_password(Client(), f"wrong-{n}").content.decode() for n in range(60)]  # a new device each time
    assert [TOO_MANY in answer for answer in answers] == [False] * 5 + [True] * 55
    assert TOO_MANY in type_password(Client()).content.decode()  # the right one as well


def test_another_spelling_or_the_mailbox_is_the_same_account() -> None:
    staff()
    spellings = ["ada", "ADA", "ada@example.com", "Ada@Example.com", "\uff41\uff44\uff41"]  # full-width at the end
    for n, login in enumerate(spellings):
        assert TOO_MANY not in type_password(Client(), f"wrong-{n}", login=login).content.decode()
    assert TOO_MANY in type_password(Client(), "wrong", login="ada").content.decode()


def test_an_address_may_try_twenty_passwords_at_all_staff_together() -> None:
    for n in range(6):
        staff(f"Staff{n}")
    tries = [type_password(Client(), "wrong", login=f"staff{n}") for n in range(5) for _ in range(5)]
    refused = [TOO_MANY in answer.content.decode() for answer in tries]
    assert refused == [False] * 20 + [True] * 5
    elsewhere = type_password(Client(), "wrong", login="staff5", REMOTE_ADDR="198.51.100.7")
    assert TOO_MANY not in elsewhere.content.decode()


def test_the_cookie_of_a_browser_is_of_one_account() -> None:
    staff()
    staff("Bo")
    known = browser()
    log_in(known)
    for n in range(5):
        type_password(Client(), f"wrong-{n}", login="bo")
    thief = Client()
    for name in ("log_ins", "device"):
        thief.cookies[name] = known.cookies[name].value
    assert TOO_MANY in type_password(thief, "wrong", login="bo").content.decode()


def test_while_redis_is_away_guessing_stays_limited_and_staff_get_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis is outside this process, and the only thing replaced: it refuses every command."""
    staff("Cy")
    person("Dee")
    for name in ("add", "get", "set", "incr", "delete", "get_many", "set_many", "touch"):
        monkeypatch.setattr(caches["shared"], name, away)
    client = browser()
    assert log_in(client, login="cy").headers["Location"] == "/"
    assert is_in(client)
    answers = [type_password(Client(), f"wrong-{n}", login="cy").content.decode() for n in range(20)]
    assert [TOO_MANY in answer for answer in answers][2:] == [True] * 18
    pupils = [type_password(Client(), f"wrong-{n}", login="dee") for n in range(20)]
    assert {answer.status_code for answer in pupils} == {200}
    assert TOO_MANY in pupils[-1].content.decode()


def test_the_admin_has_no_log_in_of_its_own() -> None:
    staff()
    for _ in range(3):
        answer = Client().post("/admin/login/", {"username": "ada", "password": "correct-horse-9"})
        assert answer.status_code == 404
    client = browser(staff("Bo"))
    assert client.get("/admin/login/").headers["Location"] == "/admin/"
    assert client.get("/admin/password_change/").headers["Location"] == "/accounts/password/change/"
    assert client.post("/admin/logout/").headers["Location"] == "/"
    assert not is_in(client)


# -- The second factor --------------------------------------------------------------------------------------
@pytest.mark.usefixtures("must_use_app")
def test_staff_without_an_app_are_led_to_set_one_up_before_any_page_opens() -> None:
    ada = staff()
    client = browser()
    log_in(client)
    for path in ("/admin/", "/monitoring/", "/dashboard/", "/experiments/", "/loops/copy-kit/"):
        assert client.get(path).headers["Location"] == "/accounts/2fa/totp/activate/"
    assert client.get("/accounts/2fa/totp/activate/").headers["Location"].startswith("/accounts/reauthenticate/")
    client.post("/accounts/reauthenticate/", {"password": "correct-horse-9"})
    shown = client.get("/accounts/2fa/totp/activate/")
    secret = shown.context["form"].secret
    assert secret in shown.content.decode()
    wrong = client.post("/accounts/2fa/totp/activate/", {"code": "000000"})
    assert wrong.status_code == 200
    done = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert done.headers["Location"] == "/accounts/2fa/recovery-codes/"
    assert recovery_codes(ada)[0] in client.get("/accounts/2fa/recovery-codes/").content.decode()
    asked = client.get("/admin/").headers["Location"]
    assert asked == "/accounts/2fa/reauthenticate/?next=%2Fadmin%2F"
    client.post(asked, {"code": code_of(secret), "next": "/admin/"})
    assert is_in(client)


@pytest.mark.usefixtures("must_use_app")
def test_the_password_alone_opens_nothing() -> None:
    secret = with_app(staff())
    client = browser()
    assert type_password(client).headers["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/admin/").status_code == 404
    assert client.post("/accounts/2fa/authenticate/", {"code": "123"}).status_code == 200
    assert client.get("/admin/").status_code == 404
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert is_in(client)


@pytest.mark.usefixtures("must_use_app")
def test_a_session_from_before_the_app_proves_it_first_and_cannot_remove_it() -> None:
    """A thief of the password logged in first; the owner then set the app up in another browser."""
    ada = staff()
    thief = browser()
    log_in(thief)
    secret = with_app(ada)
    assert thief.get("/admin/").headers["Location"].startswith("/accounts/2fa/reauthenticate/")
    by_password = thief.post("/accounts/reauthenticate/", {"password": "correct-horse-9"})
    assert by_password.headers["Location"].startswith("/accounts/2fa/reauthenticate/")
    for path in ("totp/deactivate/", "recovery-codes/generate/"):
        assert thief.post(f"/accounts/2fa/{path}").headers["Location"].startswith("/accounts/2fa/reauthenticate/")
    shown = thief.get("/accounts/2fa/recovery-codes/").content.decode()
    assert not [code for code in recovery_codes(ada) if code in shown]
    assert read_secret(ada) == secret


@pytest.mark.usefixtures("must_use_app")
def test_a_code_opens_once_and_an_earlier_one_never() -> None:
    secret = with_app(staff())
    code = code_of(secret)
    first, second = browser(), browser()
    for client in (first, second):
        type_password(client)
    first.post("/accounts/2fa/authenticate/", {"code": code})
    assert is_in(first)
    for used in (code, code_of(secret, steps=-1)):
        second.post("/accounts/2fa/authenticate/", {"code": used})
        assert not is_in(second)
    second.post("/accounts/2fa/authenticate/", {"code": code_of(secret, steps=1)})
    assert is_in(second)


@pytest.mark.usefixtures("must_use_app")
def test_a_recovery_code_opens_once() -> None:
    ada = staff()
    with_app(ada)
    code = recovery_codes(ada)[3]
    for expected in (True, False):
        client = browser()
        type_password(client)
        client.post("/accounts/2fa/authenticate/", {"code": code})
        assert is_in(client) is expected


@pytest.mark.usefixtures("must_use_app")
def test_codes_are_not_guessed_also_while_redis_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = with_app(staff())
    client = browser()
    type_password(client)
    for name in ("add", "get", "set", "incr", "delete"):
        monkeypatch.setattr(caches["shared"], name, away)
    for _ in range(5):
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    refused = client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert "Too many codes" in refused.content.decode()
    assert not is_in(client)


def test_secrets_are_stored_encrypted_and_survive_a_new_key(settings: Settings) -> None:
    ada = staff()
    secret = with_app(ada)
    assert secret not in stored_secret(ada)
    assert read_secret(ada) == secret
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_ENCRYPTION_KEYS]
    assert read_secret(ada) == secret


def test_a_rotation_writes_the_secrets_of_factors_with_the_new_key(settings: Settings) -> None:
    """The earlier key can go; what was redeemed stays redeemed."""
    ada = staff()
    secret = with_app(ada)
    assert Authenticator.objects.get(user=ada, type="recovery_codes").wrap().validate_code(recovery_codes(ada)[0])
    codes = recovery_codes(ada)
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_ENCRYPTION_KEYS]
    printed = StringIO()
    call_command("rotate_field_keys", stdout=printed)
    assert "mfa.Authenticator.data: 2 rows" in printed.getvalue()
    settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS[:1]
    assert read_secret(ada) == secret
    assert recovery_codes(ada) == codes
    assert len(codes) == 9


@pytest.mark.django_db(transaction=True)
def test_an_erased_account_keeps_no_factor() -> None:
    ada = staff()
    with_app(ada)
    erase_account(user=ada, by=ada, at=now())
    assert not Authenticator.objects.filter(user_id=ada.pk).exists()


def test_a_pupil_sees_no_page_of_the_second_factor() -> None:
    """A child could lock itself out with one."""
    pupil = browser(person("Bo"))
    for path in ("", "totp/activate/", "recovery-codes/", "recovery-codes/generate/", "reauthenticate/"):
        assert pupil.get(f"/accounts/2fa/{path}").status_code == 404


def test_without_the_setting_the_demo_logs_in_with_a_password() -> None:
    staff()
    client = browser()
    log_in(client)
    assert is_in(client)


def test_a_device_counts_again_after_half_an_hour() -> None:
    staff()
    with time_machine.travel("2026-03-04 15:00:00+00:00", tick=False) as clock:
        for n in range(7):
            type_password(Client(), f"wrong-{n}")
        assert TOO_MANY in type_password(Client()).content.decode()
        clock.shift(1801)
        assert type_password(Client()).status_code == 302


@pytest.mark.usefixtures("must_use_app")
def test_a_mailed_code_and_a_new_password_ask_for_the_second_factor_too() -> None:
    ada = staff()
    secret = with_app(ada)
    client = browser()
    client.post("/accounts/login/code/", {"email": ada.email})
    code = re.findall(r"^([A-Z0-9]{3,}(?:-[A-Z0-9]+)?)$", str(arrived()[-1].body), re.MULTILINE)[0]
    answer = client.post("/accounts/login/code/confirm/", {"code": code})
    assert answer.headers["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/admin/").status_code == 404
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert is_in(client)


async def test_an_async_view_reads_the_same_user(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.session = SessionStore()
    StaffAuthentication(lambda _: HttpResponse()).process_request(request)
    assert (await request.auser()).is_anonymous
