"""Log-in by username or e-mail that takes as long for an unknown account as for a wrong password."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from viral_engine.accounts.models import User
from viral_engine.kernel.text.mailboxes import same_mailbox
from viral_engine.kernel.text.validators import MAX_PASSWORD

CHECKS_BY_EMAIL = 2  # passwords hashed for an address, however many accounts claim it


class SteadyAuthenticationBackend(AuthenticationBackend):
    """Hashes the same number of passwords for every log-in of a kind; a password over the limit is never hashed."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User:  # noqa: ARG002
        """The account, if it may log in. Raises  PermissionDenied, so that no other backend is asked."""
        user = self._match(**credentials)
        if user is None:
            raise PermissionDenied
        return user

    def _match(self, **credentials: Any) -> User | None:
        password = credentials.get("password") or ""
        if not password or len(password) > MAX_PASSWORD:
            return None
        login = str(credentials.get("username") or credentials.get("email") or "")
        if "@" in login:
            return self._first_match(_claimants(login), password, checks=CHECKS_BY_EMAIL)
        return self._first_match(list(User.objects.named(login)), password, checks=1)

    def _first_match(self, users: list[User], password: str, *, checks: int) -> User | None:
        found = None
        for place in range(checks):
            if place >= len(users):
                make_password(password)  # the work of a check
            elif (match := self._check_password(users[place], password)) is not None:
                found = found or match
        return found


def _claimants(mailbox: str) -> list[User]:
    """Accounts that may log in with an address: its prover or first claimant, and the newest that claims it."""
    mailbox = same_mailbox(mailbox)
    rows = list(EmailAddress.objects.select_related("user").filter(email=mailbox).order_by("-verified", "-pk"))
    first = next((row.user for row in rows if row.verified), None) or User.objects.filter(email=mailbox).first()
    newest = next((row.user for row in rows if first is None or row.user_id != first.pk), None)
    return [user for user in (first, newest) if user is not None]
