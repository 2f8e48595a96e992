from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest

from viral_engine.accounts.adapter import AccountAdapter
from viral_engine.accounts.models import User
from viral_engine.kernel import encryption
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
    """Encrypt secrets as the kernel does, and let staff remove a factor only in a session that has proved it."""

    def get_totp_issuer(self) -> str:
        return str(settings.SITE_NAME)

    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.decrypt(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        is_required = settings.STAFF_MFA_REQUIRED and authenticator.user.is_staff
        return not is_required or sessions.has_second_factor(context.request.session, context.request.user)
