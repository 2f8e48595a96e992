"""E-mails about accounts, rendered from templates."""

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from viral_engine.accounts.models import ConsentFollowUp, ConsentRequest, InactivityNotice, SchoolRequest
from viral_engine.accounts.services.inactivity import mailboxes_of_parents
from viral_engine.kernel.clock import today
from viral_engine.kernel.outbound.mail import deliver

CONSENT_SALT = "accounts.consent"
CONSENT_MAX_AGE_S = 7 * 24 * 3600


def consent_token(request: ConsentRequest) -> str:
    return signing.dumps(request.pk, salt=CONSENT_SALT)


def read_consent_token(token: str) -> int:
    """The id of a consent request. Raises  signing.BadSignature for a forged token or one over 7 days old."""
    return int(signing.loads(token, salt=CONSENT_SALT, max_age=CONSENT_MAX_AGE_S))


def send_consent_request(request: ConsentRequest) -> None:
    """Ask a parent for consent by e-mail. Raises  TryLater, GiveUp."""
    url = settings.SITE_URL + reverse("accounts:consent", args=[consent_token(request)])
    _send(
        "consent_request",
        f"Your child would like to use {settings.SITE_NAME}",
        to=request.parent_email,
        context={"child": request.child, "url": url},
    )


def send_consent_follow_up(follow_up: ConsentFollowUp) -> None:
    """Confirm a consent that was given by mail, and say how to take it back. Raises  TryLater, GiveUp."""
    url = settings.SITE_URL + reverse("accounts:family")
    _send(
        "consent_follow_up",
        f"You agreed for {follow_up.child.username} on {settings.SITE_NAME}",
        to=follow_up.parent.email or "",
        context={"child": follow_up.child, "url": url},
    )


def _send(template: str, subject: str, *, to: str, context: dict[str, object]) -> None:
    context = context | {"site_name": settings.SITE_NAME}
    text = render_to_string(f"accounts/mail/{template}.txt", context)
    message = EmailMultiAlternatives(subject=subject, body=text, to=[to])
    message.attach_alternative(render_to_string(f"accounts/mail/{template}.html", context), "text/html")
    deliver(message)


def send_inactivity_notice(notice: InactivityNotice) -> None:
    """Tell the parents that an unused account ends. Raises  TryLater, GiveUp."""
    context = {
        "child": notice.child,
        "ends_on": today(notice.delete_after),
        "url": settings.SITE_URL + reverse("accounts:family"),
        "site_name": settings.SITE_NAME,
    }
    message = EmailMultiAlternatives(
        subject=f"An account on {settings.SITE_NAME} is about to end",
        body=render_to_string("accounts/mail/inactivity_notice.txt", context),
        to=mailboxes_of_parents(notice.child),
    )
    message.attach_alternative(render_to_string("accounts/mail/inactivity_notice.html", context), "text/html")
    deliver(message)


def send_school_request(request: SchoolRequest) -> None:
    """Pass a parent's request on to the school. Raises  TryLater, GiveUp."""
    context = {"request": request, "site_name": settings.SITE_NAME}
    message = EmailMultiAlternatives(
        subject=f"A parent asks about school records on {settings.SITE_NAME}",
        body=render_to_string("accounts/mail/school_request.txt", context),
        to=[request.school.contact_email],
    )
    deliver(message)
