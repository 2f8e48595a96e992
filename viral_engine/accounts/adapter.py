from dataclasses import dataclass
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from viral_engine.accounts import services
from viral_engine.accounts.identity import guest_of
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now


@dataclass(frozen=True, slots=True)
class EmailSite:
    """The part of a site that allauth's e-mails use."""

    name: str


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Let allauth log people in and verify addresses; only our own sign-up creates accounts."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  (allauth's signature)
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Sign allauth's e-mails with the site's name instead of the host's."""
        super().send_mail(template_prefix, email, context | {"current_site": EmailSite(settings.SITE_NAME)})

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        guest = guest_of(request)
        if guest is not None:
            services.merge_guest(guest=guest, user=user, at=now())

    def logout(self, request: HttpRequest) -> None:
        if request.user.is_authenticated:
            services.sign_out(user=request.user, at=now())
        super().logout(request)
