"""Growth mail as it leaves: the footer the law wants, and the way out of it."""

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from loops.models import Letter
from loops.services.letters import mailbox_hashes
from viral_engine.kernel.origin import keyed_hash

STOP_SALT = "loops.stop_mail"
FOOTER = "<!--footer-->"  # where the footer goes; words of people are escaped and cannot be it


def stop_token(user_id: int, address: str) -> str:
    """Names a mailbox by its hash, so that it works for good, whatever becomes of the account."""
    return signing.dumps([user_id, mailbox_hashes(address)[0]], salt=STOP_SALT)


def read_stop_token(token: str) -> tuple[int, str]:
    """Raises  signing.BadSignature when it is not ours or was made for another purpose; it never runs out."""
    user_id, mailbox = signing.loads(token, salt=STOP_SALT)
    return int(user_id), str(mailbox)


def send_letter(letter: Letter, address: str) -> None:
    """The letter is with the mail server, both parts with the footer, and with RFC 8058's two headers.

    Raises  OSError when the server does not take it; ValueError for what cannot be a header.
    """
    stop_url = settings.SITE_URL + reverse("loops:stop_mail", args=[stop_token(letter.recipient_id, address)])
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
            # The same at every try, so that a second copy is known as one.
            "Message-ID": f"<letter-{keyed_hash('letter', letter.key)}@{settings.MAIL_DOMAIN}>",
        },
    )
    footer = render_to_string("loops/mail/_footer.html", context)
    message.attach_alternative(letter.html.replace(FOOTER, footer), "text/html")
    message.send()
