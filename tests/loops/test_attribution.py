from datetime import datetime, timedelta
from typing import Any

import pytest

from loops import services
from loops.models import Link, Referral
from loops.services.attribution import refusal
from tests.people import guest, person
from viral_engine.accounts.events import AccountCreated
from viral_engine.accounts.models import Guest, User
from viral_engine.kernel.models import Decision

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def link_of(inviter: User, at: datetime) -> Link:
    return services.create_link(loop_name="buddy_challenge", inviter=inviter, at=at)


def touch(link: Link, visitor: Guest, at: datetime) -> None:
    services.record_touch(
        link=link, visitor=str(visitor.pk), guest_id=str(visitor.pk), user_id=None, channel="copy", campaign="", at=at
    )


def joins(name: str, visitor: Guest, at: datetime, **fields: Any) -> User:
    user = person(name, at=at, person_id=visitor.pk, **fields)
    visitor.user = user
    visitor.save(update_fields=["user"])
    services.attribute_sign_up(AccountCreated(actor_id=user.pk, guest_id=str(visitor.pk), role="student"), at)
    return user


def test_the_last_touch_in_30_days_is_paid(at: datetime) -> None:
    ada, bo = person("Ada", at=at - timedelta(days=90)), person("Bo", at=at - timedelta(days=90))
    visitor = guest(at=at)
    touch(link_of(ada, at), visitor, at - timedelta(days=2))
    touch(link_of(bo, at), visitor, at - timedelta(days=1))
    cy = joins("Cy", visitor, at)
    referral = Referral.objects.get()
    assert (referral.referee, referral.referrer, referral.touch.clicked_at) == (cy, bo, at - timedelta(days=1))
    assert Decision.objects.get(agent="attribution").outcome == "attribute"


def test_a_touch_older_than_the_window_pays_nobody(at: datetime) -> None:
    visitor = guest(at=at)
    touch(link_of(person("Ada", at=at - timedelta(days=90)), at), visitor, at - timedelta(days=31))
    joins("Cy", visitor, at)
    assert Referral.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"email": "a.da+2@example.com"}, "self_referral_mailbox"),
        ({"signup_device": "laptop"}, "self_referral_device"),
    ],
)
def test_one_person_with_two_accounts_is_refused(at: datetime, fields: dict[str, str], reason: str) -> None:
    ada = person("Ada", at=at - timedelta(days=9), signup_device="laptop")
    visitor = guest(at=at)
    touch(link_of(ada, at), visitor, at)
    joins("Cy", visitor, at, **fields)
    assert Referral.objects.count() == 0
    row = Decision.objects.get(agent="attribution")
    assert (row.outcome, row.rationale) == ("refuse", reason)


def test_the_guests_device_counts_too(at: datetime) -> None:
    ada = person("Ada", at=at - timedelta(days=9), signup_device="laptop")
    visitor = guest(at=at, device="laptop")
    touch(link_of(ada, at), visitor, at)
    joins("Cy", visitor, at, signup_device="cleared-cookies")
    assert Decision.objects.get(agent="attribution").rationale == "self_referral_device"


def test_oneself_is_refused(at: datetime) -> None:
    ada = person("Ada", at=at)
    assert refusal(referrer=ada, referee=ada) == "self_referral"


def test_a_second_attribution_is_refused(at: datetime) -> None:
    ada, bo = person("Ada", at=at - timedelta(days=90)), person("Bo", at=at - timedelta(days=90))
    visitor = guest(at=at)
    touch(link_of(ada, at), visitor, at)
    cy = joins("Cy", visitor, at)
    touch(link_of(bo, at), visitor, at + timedelta(hours=1))
    services.attribute_sign_up(AccountCreated(actor_id=cy.pk, role="student"), at + timedelta(hours=2))
    assert Referral.objects.get().referrer == ada
    last = Decision.objects.filter(agent="attribution").order_by("-pk")[0]
    assert (last.outcome, last.rationale) == ("refuse", "second_attribution")


def test_nobody_is_brought_by_whom_they_brought(at: datetime) -> None:
    """Ada's account is as old as Bo's in this clock, so only the chain can tell."""
    bo, visitor = person("Bo", at=at), guest(at=at)
    ada = person("Ada", at=at, person_id=visitor.pk)
    first = link_of(ada, at)
    bo_visitor = guest(at=at)
    User.objects.filter(pk=bo.pk).update(person_id=bo_visitor.pk)
    touch(first, bo_visitor, at)
    services.attribute_sign_up(AccountCreated(actor_id=bo.pk, role="student"), at)
    assert Referral.objects.get().referee == bo
    touch(link_of(bo, at), visitor, at)
    services.attribute_sign_up(AccountCreated(actor_id=ada.pk, role="student"), at)
    assert Referral.objects.count() == 1
    assert Decision.objects.filter(agent="attribution").order_by("-pk")[0].rationale == "circular_referral"


def test_a_later_account_refers_nobody(at: datetime) -> None:
    visitor = guest(at=at)
    late = person("Ada", at=at + timedelta(days=1))
    touch(link_of(late, at), visitor, at)
    joins("Cy", visitor, at)
    assert Decision.objects.get(agent="attribution").rationale == "referrer_joined_later"
