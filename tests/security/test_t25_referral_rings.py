"""Threat 25: whatever links people share, referrals form a forest and payments no ring."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loops.core.base import EarnedReward
from loops.core.payment_checks import payment_refusal
from loops.core.payouts import pay_rewards
from loops.models import Payout
from tests.factories import link_of, person

PEOPLE = 6
PAIRS = st.lists(st.tuples(st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1)), max_size=14)


@pytest.mark.django_db(transaction=False)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PAIRS)
def test_payments_form_no_ring(at: datetime, pairs: list[tuple[int, int]]) -> None:
    """Any sequence of (referrer, referee) is paid until it would close a ring of any length."""
    from django.db import transaction

    with transaction.atomic():
        people = [person(f"P{number}", at=at, date_joined=at - timedelta(days=90)) for number in range(PEOPLE)]
        for step, (first, second) in enumerate(pairs):
            referrer, referee = people[first], people[second]
            reason = payment_refusal(referrer=referrer, referee=referee)
            rewards = [EarnedReward(referrer, "referral_xp", 1, "inviter")]
            key, link = f"k{step}", link_of(referrer, at)
            pay_rewards(link=link, referee=referee, rewards=rewards, key=key, refused_for=reason, at=at)
        edges = set(Payout.objects.all().counting().values_list("referrer", "referee"))
        transaction.set_rollback(True)
    assert not has_ring(edges)


def has_ring(edges: set[tuple[int, int]]) -> bool:
    """Whether the directed graph has a cycle: take away people without incoming edges until nobody is left."""
    left = set(edges)
    while left:
        targets = {target for _, target in left}
        kept = {edge for edge in left if edge[0] in targets}
        if kept == left:
            return True
        left = kept
    return False


def test_the_oracle_sees_rings() -> None:
    assert (has_ring({(1, 2), (2, 3), (3, 1)}), has_ring({(1, 2), (2, 3), (1, 3)})) == (True, False)
