"""Sign people up through the services, as a farm or a school does, and let them play a link."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import time_machine
from allauth.account.models import EmailAddress

from loops.buddy_challenge.services import accept_challenge
from loops.core.links import record_touch
from loops.models import Link
from tests.factories import answer_all
from tests.steps.sign_up import prove_mailbox
from viral_engine.accounts.events import AccountCreated
from viral_engine.accounts.models import Guest, User
from viral_engine.accounts.services.guests import create_guest
from viral_engine.accounts.services.sign_up import SignUpDetails, sign_up
from viral_engine.learning.services.completion import finish_attempt
from viral_engine.safety.services.sign_ups import review_sign_up
from viral_engine.safety.services.signals import note_new_mailbox

Committed = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class Newcomer:
    """One person who comes through a link: their browser, network and mailbox."""

    name: str
    email: str
    device: str
    network: str
    role: str = "student"
    is_verified: bool = True


def join_through(link: Link, newcomer: Newcomer, at: datetime, committed: Committed, *, right: int = 5) -> User:
    """Click the link, play the challenge as a guest, sign up a minute later, and prove the mailbox."""
    with committed():
        visitor = create_guest(device=newcomer.device, ip_hash=newcomer.network, link_code=link.code, at=at)
    with committed():
        record_touch(
            link=link, visitor=str(visitor.pk), guest_id=str(visitor.pk), user_id=None, channel="copy", campaign="",
            at=at,
        )  # fmt: skip
    if hasattr(link, "challenge"):
        with committed():
            attempt = accept_challenge(challenge=link.challenge, owner=visitor, at=at)
            answer_all(attempt, right=right, at=at)
        with committed():
            finish_attempt(attempt=attempt, at=at + timedelta(seconds=60))
    return _sign_up(newcomer, visitor, at + timedelta(minutes=2), committed)


def join_alone(newcomer: Newcomer, at: datetime) -> User:
    """Sign up without a link, with a proved mailbox, and be reviewed; nothing else hears of it."""
    user = sign_up(person=_details(newcomer, at), guest=None, device=newcomer.device, ip_hash=newcomer.network, at=at)
    User.objects.filter(pk=user.pk).update(date_joined=at)
    EmailAddress.objects.update_or_create(user=user, email=newcomer.email, defaults={"primary": True, "verified": True})
    joined = AccountCreated(actor_id=user.pk, role=user.role)
    note_new_mailbox(joined, at)
    review_sign_up(joined, at)
    return user


def _details(newcomer: Newcomer, at: datetime) -> SignUpDetails:
    born = date(at.year - 40, 1, 1) if newcomer.role == "parent" else date(at.year - 15, 1, 1)
    return SignUpDetails(
        role=newcomer.role, birthdate=born, password="correct-horse-9", username=newcomer.name.lower(),
        first_name=newcomer.name, last_name="L", email=newcomer.email, grade=8,
    )  # fmt: skip


def _sign_up(newcomer: Newcomer, visitor: Guest, at: datetime, committed: Committed) -> User:
    with committed():
        details = _details(newcomer, at)
        user = sign_up(person=details, guest=visitor, device=newcomer.device, ip_hash=newcomer.network, at=at)
        User.objects.filter(pk=user.pk).update(date_joined=at)
    with committed(), time_machine.travel(at, tick=False):
        EmailAddress.objects.get_or_create(user=user, email=newcomer.email, defaults={"primary": True})
        if newcomer.is_verified:
            prove_mailbox(user)
    return user
