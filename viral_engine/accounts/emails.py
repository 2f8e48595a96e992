"""E-mails about accounts, rendered from templates."""

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from viral_engine.accounts.models import ConsentRequest

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
    context = {"child": request.child, "url": url, "site_name": settings.SITE_NAME}
    message = EmailMultiAlternatives(
        subject=f"Your child would like to use {settings.SITE_NAME}",
        body=render_to_string("accounts/mail/consent_request.txt", context),
        to=[request.parent_email],
    )
    message.attach_alternative(render_to_string("accounts/mail/consent_request.html", context), "text/html")
    message.send()
