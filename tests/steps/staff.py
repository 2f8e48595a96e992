"""Log staff in as people do, with password and code, and make the codes of an authenticator app."""

import time
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.test import Client

from tests.factories import person
from viral_engine.accounts.models import User

PASSWORD = "correct-horse-9"
LOGIN = "/accounts/login/"


def staff(name: str = "Ada", **fields: Any) -> User:
    defaults: dict[str, Any] = {"age": 40, "role": "admin", "grade": None, "is_staff": True}
    return person(name, **(defaults | fields))


def superuser(name: str = "Root") -> User:
    return staff(name, is_superuser=True)


def with_app(user: User) -> str:
    """Set up an authenticator app and recovery codes for a person, and return the app's secret."""
    secret = str(totp.generate_totp_secret())
    totp.TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def code_of(secret: str, *, steps: int = 0) -> str:
    """The code that the app shows now, or so many steps of half a minute later."""
    return str(totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + steps)))


def recovery_codes(user: User) -> list[str]:
    return list(Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes())


def stored_secret(user: User) -> str:
    return str(Authenticator.objects.get(user=user, type="totp").data["secret"])


def read_secret(user: User) -> str:
    return str(get_adapter().decrypt(stored_secret(user)))


def type_password(client: Client, password: str = PASSWORD, *, login: str = "ada", **headers: Any) -> Any:
    return client.post(LOGIN, {"login": login, "password": password}, **headers)


def log_in(client: Client, secret: str = "", *, login: str = "ada") -> Any:
    """Log in with the password, and with a code where the account has an app."""
    answer = type_password(client, login=login)
    return client.post(answer.headers["Location"], {"code": code_of(secret)}) if secret else answer
