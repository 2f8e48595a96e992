"""Sign up over HTTP: what a learner and a child type, page by page."""

from allauth.account.models import EmailAddress
from django.test import Client

from viral_engine.accounts.models import User
from viral_engine.accounts.services.mailboxes import prove
from viral_engine.kernel.clock import now


def prove_mailbox(user: User) -> User:
    """Prove the person's mailbox, as their click on the mailed link does; children under 13 have none."""
    address = EmailAddress.objects.filter(user=user, verified=False).first()
    if address is not None:
        prove(user=user, mailbox=address.email, is_password_theirs=True, at=now())
    return user


def sign_up(client: Client, name: str, *, year: int, is_verified: bool = True, **extra: str) -> User:
    client.post("/signup/", {"month": "5", "day": "4", "year": str(year)})
    answers = {"first_name": name, "username": name.lower(), "email": f"{name.lower()}@example.com", "grade": "8"}
    response = client.post("/signup/details/", answers | {"password": "correct-horse-9"} | extra)
    assert response.status_code == 302, response.content.decode()
    user = User.objects.get(username=name.lower())
    return prove_mailbox(user) if is_verified else user


LEARNER = {"first_name": "Bo", "username": "bo", "email": "bo@example.com", "grade": "8", "password": "correct-horse-9"}
KID = {"username": "comet", "grade": "4", "parent_email": "grace@example.com", "password": "correct-horse-9"}


def enter_birthday(client: Client, year: int) -> None:
    response = client.post("/signup/", {"month": "5", "day": "4", "year": str(year)})
    assert (response.status_code, response.url) == (302, "/signup/details/")  # type: ignore[attr-defined]
