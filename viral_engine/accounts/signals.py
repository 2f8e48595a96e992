"""React to a proof of a mailbox, a log-in and a log-out, whichever page or library does it."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import authentication_step_completed, email_confirmed, password_reset
from django.contrib import messages
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from viral_engine.accounts.models import User
from viral_engine.accounts.services import mailboxes, sessions
from viral_engine.kernel.clock import now

CHOOSE_AGAIN = (
    "Your e-mail is confirmed. The password was not set in this browser, so it does not work any more. Log in with a "
    "code by e-mail, and choose a new password in your settings."
)


@receiver(email_confirmed)
def give_account_to_prover(*, request: HttpRequest, email_address: EmailAddress, **_: Any) -> None:
    is_own = sessions.set_password_here(request.session, email_address.user)
    if mailboxes.record_first_proof(address=email_address, is_password_theirs=is_own):
        messages.warning(request, CHOOSE_AGAIN)
    mailboxes.announce_proof(email_address, at=now())


@receiver(authentication_step_completed)
def claim_mailbox_of_code(*, user: User, method: str, email: str | None = None, **_: Any) -> None:
    """Let a mailed code prove an address that has no row yet: allauth marks existing rows only."""
    if method == "code" and email and email == user.email:
        mailboxes.claim_mailbox(user, email)


@receiver(password_reset)
def prove_by_reset(*, request: HttpRequest, user: User, **_: Any) -> None:
    """Count a reset as the proof of the mailbox that its link was sent to. The prover has just set the password."""
    if not user.email or mailboxes.has_proven_mailbox(user):
        return
    address = mailboxes.claim_mailbox(user, user.email)
    if not address.set_verified():
        return
    mailboxes.release_claims(address)
    mailboxes.record_first_proof(address=address, is_password_theirs=True)
    address.set_as_primary()
    mailboxes.announce_proof(address, at=now())
    messages.success(request, "Your e-mail is confirmed, too.")


@receiver(user_logged_in)
def know_browser(*, request: HttpRequest, user: User, **_: Any) -> None:
    request.META["viral.logged_in"] = user.pk


@receiver(user_logged_out)
def forget_visit(*, request: HttpRequest, **_: Any) -> None:
    """Leave nothing of this person to the next one at the computer (middleware.py clears the browser)."""
    rotate_token(request)
    request.META["viral.logged_out"] = True
