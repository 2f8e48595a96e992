"""React to a proof of a mailbox, a log-in and a log-out, whichever page or library does it."""

from typing import Any

from allauth.account.signals import authentication_step_completed, password_reset
from django.contrib import messages
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from viral_engine.accounts.adapter import CHOOSE_AGAIN
from viral_engine.accounts.models import User
from viral_engine.accounts.services import mailboxes, sessions
from viral_engine.kernel.clock import now


@receiver(authentication_step_completed)
def prove_by_code(*, request: HttpRequest, user: User, method: str, email: str | None = None, **_: Any) -> None:
    """Count a mailed code as the proof of its mailbox. allauth would mark it next, outside of a transaction."""
    if method == "code" and email and email == user.email:
        _prove(request, user, is_password_theirs=sessions.set_password_here(request.session, user))


@receiver(password_reset)
def prove_by_reset(*, request: HttpRequest, user: User, **_: Any) -> None:
    """Count a reset as the proof of the mailbox that its link was sent to. The prover has just set the password."""
    if user.email and not mailboxes.has_proven_mailbox(user):
        _prove(request, user, is_password_theirs=True)


def _prove(request: HttpRequest, user: User, *, is_password_theirs: bool) -> None:
    try:
        has_ended = mailboxes.prove(
            user=user, mailbox=user.email or "", is_password_theirs=is_password_theirs, at=now()
        )
    except mailboxes.AlreadyProven:
        return
    if has_ended:
        messages.warning(request, CHOOSE_AGAIN)
    else:
        messages.success(request, "Your e-mail is confirmed, too.")


@receiver(user_logged_in)
def know_browser(*, request: HttpRequest, user: User, **_: Any) -> None:
    request.META["viral.logged_in"] = user.pk


@receiver(user_logged_out)
def forget_visit(*, request: HttpRequest, **_: Any) -> None:
    """Leave nothing of this person to the next one at the computer (middleware.py clears the browser)."""
    rotate_token(request)
    request.META["viral.logged_out"] = True
