"""Threat 28: one referral is paid twice, because two workers, or two steps, claim it at the same moment."""

import pytest

from loops.core.base import EarnedReward
from loops.core.payouts import pay_rewards
from loops.models import DailyReferrerTotal, Payout, RewardEntry
from tests.concurrency import at_once
from tests.factories import link_of, person
from viral_engine.kernel.clock import now

pytestmark = pytest.mark.django_db(transaction=True)


def test_t28_a_step_that_twelve_workers_pay_at_once_is_paid_once(catalogue: None) -> None:
    at = now()
    ada, bo = person("Ada"), person("Bo")
    link = link_of(ada, at)
    rewards = [EarnedReward(ada, "streak_shield", 1, "inviter"), EarnedReward(bo, "streak_shield", 1, "friend")]

    def pay(_: int) -> object:
        return pay_rewards(link=link, referee=bo, rewards=rewards, key="k", refused_for=None, at=at)

    assert at_once(12, pay) == {2: 1, 0: 11}
    assert Payout.objects.get().status == "paid"
    assert sorted(RewardEntry.objects.values_list("user", "amount")) == sorted([(ada.pk, 1), (bo.pk, 1)])
    assert DailyReferrerTotal.objects.get().referees == 1
