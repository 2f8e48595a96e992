from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest

from viral_engine.accounts.identity import guest_of
from viral_engine.accounts.models import User
from viral_engine.accounts.services import guests, log_in_limits, mailboxes, sessions
from viral_engine.kernel.clock import now
from viral_engine.kernel.outgoing_mail import queue_mail

CHOOSE_AGAIN = (
    "Your e-mail is confirmed. The password was not set in this browser, so it does not work any more. Log in with a "
    "code by e-mail, and choose a new password in your settings."
)
NOT_HERE = "Log in to your account first, then open the link in that mail again."


@dataclass(frozen=True, slots=True)
class EmailSite:
    """The part of a site that allauth's e-mails use."""

    name: str


class AccountAdapter(DefaultAccountAdapter):
    """Let allauth log people in and verify addresses; only our own sign-up creates accounts."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  (allauth's signature)
        return False

    # -- Mail ------------------------------------------------------------------------------------------------
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue an e-mail of allauth's for the worker, in the caller's transaction. Cost  1 insert.

        It is signed with the site's name, and links to SITE_URL: the Host header is the client's word.
        """
        ours = {name: at_site(value) for name, value in context.items()}
        ours |= {"request": self.request, "email": email, "current_site": EmailSite(settings.SITE_NAME)}
        user = context.get("user")
        queue_mail(
            self.render_mail(template_prefix, email, ours),
            kind=template_prefix.rpartition("/")[2],
            person_id=user.pk if isinstance(user, User) else None,
            at=now(),
        )

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:  # noqa: FBT001
        """Ask to confirm an address. A person who proved it before is informed: the page reads the same for both."""
        address: EmailAddress = emailconfirmation.email_address
        if mailboxes.is_proven_by_another(address):
            self.send_account_already_exists_mail(address.email)
        else:
            super().send_confirmation_mail(request, emailconfirmation, signup)

    # -- Mailboxes -------------------------------------------------------------------------------------------
    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Prove an address by the mailed link; an address added to a proven account only in a session of it."""
        owner: User = email_address.user
        is_addition = mailboxes.has_proven_mailbox(owner)
        if is_addition and request.user != owner:
            messages.error(request, NOT_HERE)
            return False
        is_own = sessions.set_password_here(request.session, owner)
        try:
            with transaction.atomic():
                has_ended = mailboxes.prove(
                    user=owner, mailbox=email_address.email, is_password_theirs=is_own, at=now()
                )
                email_address.verified = True
                super().confirm_email(request, email_address)
        except mailboxes.AlreadyProven:
            context = {"email": email_address.email}
            self.add_message(request, messages.ERROR, "account/messages/email_confirmation_failed.txt", context)
            return False
        if has_ended:
            messages.warning(request, CHOOSE_AGAIN)
        return True

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        """A proven address is replaced, never only removed: mail to it is how the person comes back."""
        return not email_address.verified

    def set_password(self, user: User, password: str) -> None:
        super().set_password(user, password)
        if self.request is not None and self.request.user == user:
            sessions.remember_own_password(self.request.session, user)

    # -- Log-in ----------------------------------------------------------------------------------------------
    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count a try against the account and the device, and against the network (services/log_in_limits.py)."""
        self.tries = log_in_limits.tries_of(request, credentials)
        if not log_in_limits.take(self.tries):
            raise self.validation_error("too_many_login_attempts")

    def _rollback_login_failed_rl_usage(self) -> None:
        log_in_limits.give_back(self.tries)

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """A new password by mail gives its owner new tries."""
        log_in_limits.forget(log_in_limits.tries_of(request, credentials))

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        guest = guest_of(request)
        if guest is not None:
            guests.merge_guest(guest=guest, user=user, at=now())

    def logout(self, request: HttpRequest) -> None:
        if request.user.is_authenticated:
            sessions.sign_out(user=request.user, at=now())
        super().logout(request)


def at_site(value: Any) -> Any:
    """An absolute URL under SITE_URL; other values unchanged."""
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        return value
    path = urlsplit(value)._replace(scheme="", netloc="")
    return settings.SITE_URL.rstrip("/") + urlunsplit(path)
