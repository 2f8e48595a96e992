"""Settling: when who followed a link has joined, or found first value, those who are owed something are paid."""

from datetime import datetime

from loops import rules
from loops.events import SignupAttributed
from loops.models import Link
from loops.registry import loop_of
from loops.services.attribution import refusal
from loops.services.dues import due_key, pay_dues
from loops.services.joiners import first_value_of, waits_for_a_parent
from loops.services.rewards import is_granted
from viral_engine.accounts.events import AccountCreated, ConsentGiven, GuestRecognized
from viral_engine.accounts.models import User
from viral_engine.learning.events import FvmReached

SIGN_UP, FIRST_VALUE = "sign_up", "first_value"


def settle_sign_up(event: SignupAttributed, at: datetime) -> None:
    """Who joined through a link has what its loop welcomes them with. A promised listener."""
    joiner = User.objects.get(pk=event.user_id)
    _settle(Link.objects.all().whole(event.loop).get(code=event.link_code), joiner, SIGN_UP, at)


def settle_first_value(event: FvmReached, at: datetime) -> None:
    """A member found first value through a link. A promised listener."""
    _settle_person(event.user_id, at)


def settle_guest(event: AccountCreated | GuestRecognized, at: datetime) -> None:
    """The person behind a guest is known now, and what the guest had found counts. A promised listener."""
    _settle_person(event.user_id, at)


def settle_child(event: ConsentGiven, at: datetime) -> None:
    """What a child had found, and their welcome, wait for a parent no longer. A promised listener."""
    joined = Link.objects.all().first_whole(referrals__referee=event.child_id)
    if joined is not None:
        _settle(joined, User.objects.get(pk=event.child_id), SIGN_UP, at)
    _settle_person(event.child_id, at)


def _settle_person(user_id: int, at: datetime) -> None:
    joiner = User.objects.get(pk=user_id)
    first_value = first_value_of(joiner)
    if first_value is None:
        return
    link = Link.objects.all().first_whole(code=first_value.link_code)
    if link is not None and first_value.at <= link.created_at + rules.ATTRIBUTION_WINDOW:
        _settle(link, joiner, FIRST_VALUE, at)


def _settle(link: Link, joiner: User, milestone: str, at: datetime) -> None:
    """The loop's dues for this milestone are paid, once; a child's wait for a parent."""
    dues = loop_of(link).dues(link, joiner, milestone)
    key = f"{link.loop_id}:{joiner.pk}:{milestone}"
    if not dues or waits_for_a_parent(joiner, at) or is_granted(due_key(key, due.part) for due in dues):
        return
    objection = refusal(referrer=link.inviter, referee=joiner)
    pay_dues(link=link, joiner=joiner, dues=dues, key=key, objection=objection, at=at)
