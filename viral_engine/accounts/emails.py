"""E-mails about accounts, rendered from templates."""

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from viral_engine.accounts.models import ConsentFollowUp, ConsentRequest

CONSENT_SALT = "accounts.consent"
CONSENT_MAX_AGE_S = 7 * 24 * 3600


def consent_token(request: ConsentRequest) -> str:
    return signing.dumps(request.pk, salt=CONSENT_SALT)


def read_consent_token(token: str) -> int:
    """The id of a consent request. Raises  signing.BadSignature for a forged token or one over 7 days old."""
    return int(signing.loads(token, salt=CONSENT_SALT, max_age=CONSENT_MAX_AGE_S))


def send_consent_request(request: ConsentRequest) -> None:
    """Ask a parent for consent by e-mail. Raises  OSError when the mail server does not accept it."""
    url = settings.SITE_URL + reverse("accounts:consent", args=[consent_token(request)])
    _send(
        "consent_request",
        f"Your child would like to use {settings.SITE_NAME}",
        to=request.parent_email,
        context={"child": request.child, "url": url},
    )


def send_consent_follow_up(follow_up: ConsentFollowUp) -> None:
    """Confirm a consent that was given by mail, and say how to take it back. Raises  OSError as above."""
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
    message.send()
