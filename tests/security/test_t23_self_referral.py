"""Threat 23: nobody earns from an account of their own, whatever it is called."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from loops.core.payment_checks import payment_refusal
from loops.models import Payout
from tests.factories import guest, link_of, person
from viral_engine.accounts.models import Guardianship, User
from viral_engine.safety.services.signals import keep_mailboxes

pytestmark = pytest.mark.django_db


def same_mailbox(ada: User, bo: User, at: datetime) -> None:
    bo.email = "A.Da+bo@example.com"


def same_device(ada: User, bo: User, at: datetime) -> None:
    ada.signup_device = bo.signup_device = "laptop"


def device_of_a_guest(ada: User, bo: User, at: datetime) -> None:
    ada.signup_device = "laptop"
    visitor = guest(at=at, device="laptop")
    visitor.user = bo
    visitor.save(update_fields=["user"])


def third_account(ada: User, bo: User, at: datetime) -> None:
    bo.email = "c.y+again@example.com"
    keep_mailboxes(bo, at)


def own_child(ada: User, bo: User, at: datetime) -> None:
    Guardianship.objects.create(parent=ada, child=bo, created_at=at)


def own_parent(ada: User, bo: User, at: datetime) -> None:
    Guardianship.objects.create(parent=bo, child=ada, created_at=at)


def sibling(ada: User, bo: User, at: datetime) -> None:
    dee = person("Dee", age=40, role="parent", at=at)
    for child in (ada, bo):
        Guardianship.objects.create(parent=dee, child=child, created_at=at)


def paid_the_other_way(ada: User, bo: User, at: datetime) -> None:
    """Bo's link paid for Ada: two friends who swap links."""
    Payout.objects.create(link=link_of(bo, at), referrer=bo, referee=ada, key="k", status="paid", at=at)


def paid_around_three(ada: User, bo: User, at: datetime) -> None:
    cy = person("Eve", at=at)
    Payout.objects.create(link=link_of(cy, at), referrer=cy, referee=ada, key="k", status="paid", at=at)
    Payout.objects.create(link=link_of(bo, at), referrer=bo, referee=cy, key="k", status="waiting", at=at)


def nothing(ada: User, bo: User, at: datetime) -> None:
    """Two strangers."""


@pytest.mark.parametrize(
    ("arrange", "reason"),
    [
        (same_mailbox, "self_referral_mailbox"),
        (same_device, "self_referral_device"),
        (device_of_a_guest, "self_referral_device"),
        (third_account, "second_account"),
        (own_child, "same_household"),
        (own_parent, "same_household"),
        (sibling, "same_household"),
        (paid_the_other_way, "circular_referral"),
        (paid_around_three, "circular_referral"),
        (nothing, None),
    ],
)
def test_each_variant_is_refused(
    at: datetime, arrange: Callable[[User, User, datetime], None], reason: str | None
) -> None:
    keep_mailboxes(person("Cy", at=at - timedelta(days=9)), at - timedelta(days=9))
    ada, bo = person("Ada", at=at - timedelta(days=2)), person("Bo", at=at)
    for one in (ada, bo):
        keep_mailboxes(one, at)
    arrange(ada, bo, at)
    for one in (ada, bo):
        User.objects.filter(pk=one.pk).update(email=one.email, signup_device=one.signup_device)
    assert payment_refusal(referrer=ada, referee=bo) == reason
    assert payment_refusal(referrer=ada, referee=ada) == "self_referral"
