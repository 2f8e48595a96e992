import base64
import hashlib
import logging
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from redis.exceptions import RedisError

from viral_engine.accounts.adapter import AccountAdapter
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.staff import logins, sessions
from viral_engine.staff.logins import StaffLogin

logger = logging.getLogger(__name__)


class StaffAccountAdapter(AccountAdapter):
    """Limit log-ins of staff, start the clocks of their sessions, and take their second factor as the only proof."""

    _staff_login: StaffLogin | None = None

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try before the password is looked at, so that tries at the same moment count too."""
        login = str(credentials.get("email") or credentials.get("username") or "")
        self._staff_login = logins.staff_login_of(request, login)
        is_allowed = logins.may_address_log_in(request)
        if self._staff_login is not None:
            is_allowed &= self._staff_login.may_go_on()
        if not is_allowed:
            raise self.validation_error("too_many_login_attempts")
        if self._staff_login is not None:
            return  # allauth counts per account alone, so that a stranger could lock the owner out
        try:
            super().pre_authenticate(request, **credentials)
        except RedisError:
            logger.warning("log-ins are counted in this process: the cache does not answer")
            if not logins.may_log_in_without_redis(request, login):
                raise self.validation_error("too_many_login_attempts") from None

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        user: User | None = super().authenticate(request, **credentials)
        if user is not None and self._staff_login is not None:
            self._staff_login.succeeded()
        return user

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        if user.is_staff:
            sessions.begin(request.session, now())

    def post_login(self, request: HttpRequest, user: User, **facts: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **facts)
        if user.is_staff:
            logins.remember_device(response, user)
        return response

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Staff with a second factor prove it again: with the password alone it could be replaced."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        codes = [method for method in methods if method["id"] != "reauthenticate"]
        return codes if codes and user.is_staff else methods


class SecondFactorAdapter(DefaultMFAAdapter):
    """Encrypt secrets with the site's key, and let staff remove a factor only in a session that has proved it."""

    def get_totp_issuer(self) -> str:
        return str(settings.SITE_NAME)

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        is_required = settings.STAFF_MFA_REQUIRED and authenticator.user.is_staff
        return not is_required or sessions.has_second_factor(context.request.session, context.request.user)


def _cipher() -> MultiFernet:
    """Encrypts with the site's key; reads what earlier keys encrypted too."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = [hashlib.sha256(f"second-factor:{key}".encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
