"""Steps of the owner of a mailbox with the mail that arrives in it."""

import re

from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client

from tests.factories import path_of
from viral_engine.kernel.tasks import send_mails


def arrived() -> list[EmailMessage]:
    """Everything that arrived so far; mail that waits is sent first, as a worker sends it."""
    send_mails()
    return mail.outbox


def letters_to(address: str) -> list[str]:
    return [str(letter.body) for letter in arrived() if letter.to == [address]]


def linked_in(text: str) -> str:
    """The path of the first link in a mail."""
    found = re.search(r"https?://\S+", text)
    assert found is not None, text
    return path_of(found[0])


def log_in_by_code(client: Client, address: str) -> None:
    client.post("/accounts/login/code/", {"email": address})
    code = letters_to(address)[-1].split("\n\n")[2].strip()
    client.post("/accounts/login/code/confirm/", {"code": code})


def confirm_by_link(client: Client, address: str) -> None:
    """Open the newest confirmation link of this mailbox, and press the button."""
    link = next(linked_in(text) for text in reversed(letters_to(address)) if "confirm-email" in text)
    client.post(link)


def reset_password(client: Client, address: str, password: str) -> int:
    """Ask for a new password by mail and set it; the answer's status."""
    client.post("/accounts/password/reset/", {"email": address})
    link = next(linked_in(text) for text in reversed(letters_to(address)) if "password/reset/key" in text)
    form = client.get(link, follow=True).request["PATH_INFO"]
    return client.post(form, {"password1": password, "password2": password}).status_code
