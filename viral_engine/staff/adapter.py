import base64
import hashlib
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.http import HttpRequest

from viral_engine.accounts.adapter import AccountAdapter
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.staff import sessions


class StaffAccountAdapter(AccountAdapter):
    """Start the clocks of staff sessions, and take the second factor of staff as the only proof."""

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        if user.is_staff:
            sessions.begin(request.session, now())

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
