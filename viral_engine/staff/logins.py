"""Limits of log-ins: staff per account and device, and per address; everybody while Redis is away.

A device is known to an account once the account was logged in to on it. The devices nobody knows share one count, so a
stranger who throws cookies away gains nothing, and who guesses does not lock out the owner's own device.
"""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase

from viral_engine.accounts.models import User
from viral_engine.kernel import limiter
from viral_engine.kernel.client_identity import client_ip, keyed_hash

HALF_HOUR_S, HOUR_S = 1800, 3600
MAX_TRIES = 5  # in half an hour, per account and device
MAX_ADDRESS_TRIES = 20  # in an hour, at any account of staff, from devices nobody knows
MAX_ALL = 200  # in an hour from one address, at any account; a school shares one address
COOKIE, SALT = "staff_device", "staff.device"
COOKIE_LASTS_S = 180 * 24 * 3600


@dataclass(frozen=True, slots=True)
class StaffLogin:
    """One try to log in to an account of staff."""

    user_id: int
    device: str  # empty for a device that this account was never logged in to on
    address: str

    @property
    def _account_key(self) -> str:
        return f"{self.user_id}:{self.device}"

    def may_go_on(self) -> bool:
        """Count the try; False once there were too many."""
        is_allowed = limiter.allow("staff_login", self._account_key, limit=MAX_TRIES, window_s=HALF_HOUR_S)
        if not self.device:
            is_allowed &= limiter.allow("staff_address", self.address, limit=MAX_ADDRESS_TRIES, window_s=HOUR_S)
        return is_allowed

    def succeeded(self) -> None:
        """Forget the wrong tries at this account from this device; those of the address stay."""
        limiter.forget("staff_login", self._account_key, window_s=HALF_HOUR_S)


def staff_login_of(request: HttpRequest, login: str) -> StaffLogin | None:
    """The try behind a typed name or mailbox; None when no staff have it. Cost  1 query."""
    staff = User.objects.filter(is_staff=True).only("pk", "password")
    mailbox = Q(email__iexact=login) | Q(emailaddress__email__iexact=login)
    user = staff.filter(mailbox if "@" in login else Q(username_key=login)).first()
    if user is None:
        return None
    return StaffLogin(user.pk, _device_of(request, user), client_ip(request))


def may_log_in_without_redis(request: HttpRequest, login: str) -> bool:
    """The limits of every account while allauth's own cannot be counted."""
    is_allowed = limiter.allow("login", login, limit=2 * MAX_TRIES, window_s=HALF_HOUR_S)
    return is_allowed & limiter.allow("login_address", client_ip(request), limit=2 * MAX_ALL, window_s=HOUR_S)


def may_address_log_in(request: HttpRequest) -> bool:
    return limiter.allow("login_all", client_ip(request), limit=MAX_ALL, window_s=HOUR_S)


def remember_device(response: HttpResponseBase, user: User) -> None:
    """Let this browser count by itself when it next logs in to this account."""
    response.set_cookie(
        COOKIE,
        signing.dumps([user.pk, _password_mark(user)], salt=SALT),
        max_age=COOKIE_LASTS_S,
        httponly=True,
        samesite="Lax",
        secure=settings.PRODUCTION,
    )


def _device_of(request: HttpRequest, user: User) -> str:
    text = request.COOKIES.get(COOKIE, "")
    try:
        known = signing.loads(text, salt=SALT, max_age=COOKIE_LASTS_S)
    except signing.BadSignature:
        return ""
    return keyed_hash("staff_device", text) if known == [user.pk, _password_mark(user)] else ""


def _password_mark(user: User) -> str:
    """A new password makes every device unknown."""
    return keyed_hash("staff_password", user.password)
