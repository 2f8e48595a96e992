"""Send growth email with the legally required footer and unsubscribe links."""

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from loops.core.growth_emails import mailbox_hashes
from loops.models import GrowthEmail
from viral_engine.kernel.client_identity import keyed_hash

STOP_SALT = "loops.stop_mail"
FOOTER = "<!--footer-->"  # placeholder of the footer; user text is escaped and cannot contain it


def unsubscribe_token(user_id: int, address: str) -> str:
    """Return a token that names the mailbox by its hash, so that it works even after the account is deleted."""
    return signing.dumps([user_id, mailbox_hashes(address)[0]], salt=STOP_SALT)


def read_unsubscribe_token(token: str) -> tuple[int, str]:
    """Return (user id, mailbox hash); tokens never expire. Raises  signing.BadSignature for a foreign token."""
    user_id, mailbox = signing.loads(token, salt=STOP_SALT)
    return int(user_id), str(mailbox)


def send_email(letter: GrowthEmail, address: str) -> None:
    """Hand the email to the mail server: both parts with the footer, and the two headers of RFC 8058.

    Raises  OSError if the server does not accept it; ValueError for an invalid header.
    """
    stop_url = settings.SITE_URL + reverse("loops:unsubscribe", args=[unsubscribe_token(letter.recipient_id, address)])
    context = {
        "stop_url": stop_url,
        "settings_url": settings.SITE_URL + reverse("accounts:preferences"),
        "site_name": settings.SITE_NAME,
        "postal_address": settings.POSTAL_ADDRESS,
    }
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text + render_to_string("loops/mail/footer.txt", context),
        to=[address],
        headers={
            "List-Unsubscribe": f"<{stop_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            # The same on every attempt, so that mail programs recognize a second copy.
            "Message-ID": f"<letter-{keyed_hash('letter', letter.key)}@{settings.MAIL_DOMAIN}>",
        },
    )
    footer = render_to_string("loops/mail/_footer.html", context)
    message.attach_alternative(letter.html.replace(FOOTER, footer), "text/html")
    message.send()
