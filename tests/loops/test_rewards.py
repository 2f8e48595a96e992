from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from loops.core.rewards.grants import DailyCapReached, grant_reward, grant_up_to
from loops.core.rewards.redemptions import InsufficientBalance, redeem_reward
from loops.models import DailySpend, RewardEntry
from tests.factories import Committed, browser, counting, person, statements
from viral_engine.accounts.models import User
from viral_engine.kernel.models import Decision, LoggedEvent

pytestmark = pytest.mark.django_db


def grant(user: User, at: datetime, *, kind: str = "streak_shield", amount: int = 1, key: str = "k") -> RewardEntry:
    return grant_reward(user=user, kind=kind, amount=amount, reason="Test", key=key, at=at)


def held(user: User, at: datetime, kind: str = "streak_shield") -> int:
    return RewardEntry.objects.all().holdings(user.pk, at).get(kind, 0)


def test_a_grant_is_one_entry_per_key(at: datetime, committed: Committed) -> None:
    ada = person("Ada")
    with committed():
        assert grant(ada, at) == grant(ada, at)
    entry = RewardEntry.objects.get()
    assert (entry.amount, entry.cost_cents, entry.expires_at) == (1, 5, at + timedelta(days=7))
    assert LoggedEvent.objects.get(type="reward_granted").properties == {
        "kind": "streak_shield",
        "amount": 1,
        "reason": "Test",
    }


@pytest.mark.parametrize(
    ("kind", "cap", "days"),
    [("ai_tutor_minutes", 60, 30), ("class_pass", 2, 90), ("streak_shield", 3, 7), ("referral_xp", 500, None)],
)
def test_caps_and_expiry_have_the_documented_defaults(at: datetime, kind: str, cap: int, days: int | None) -> None:
    ada = person("Ada")
    entry = grant(ada, at, kind=kind, amount=cap)
    assert entry.expires_at == (at + timedelta(days=days) if days else None)
    with pytest.raises(DailyCapReached):
        grant(ada, at, kind=kind, key="k2")
    assert RewardEntry.objects.count() == 1
    grant(ada, at + timedelta(days=1), kind=kind, key="k2")


def test_a_grant_is_reduced_to_the_daily_cap_and_logged_once(at: datetime) -> None:
    ada = person("Ada")

    def promised(key: str) -> int:
        granted = grant_up_to(
            user=ada, kind="streak_shield", amount=2, reason="Test", key=key, loop="buddy_challenge", at=at
        )
        return granted.amount

    assert [promised("k1"), promised("k2"), promised("k3")] == [2, 1, 0]
    assert (held(ada, at), promised("k2"), held(ada, at)) == (3, 1, 3)
    refusals = Decision.objects.filter(type="grant_reward", outcome="refuse").order_by("pk")
    assert [(one.rationale, one.features["granted"]) for one in refusals] == [("daily_cap", 1), ("daily_cap", 0)]
    spent = dict(DailySpend.objects.values_list("scope", "spent_cents"))
    assert spent == {"overall": 15, "buddy_challenge": 15}


@pytest.mark.parametrize("amount", [0, -1, -(10**9)])
def test_amounts_below_one_are_refused(at: datetime, amount: int) -> None:
    ada = person("Ada")
    with pytest.raises(ValueError, match="a grant of"):
        grant(ada, at, amount=amount)
    with pytest.raises(ValueError, match="a redemption of"):
        redeem_reward(user=ada, kind="streak_shield", amount=amount, reason="x", key="r", at=at)
    assert RewardEntry.objects.count() == 0


def test_constraints_refuse_unknown_kinds_and_zero(at: datetime) -> None:
    ada = person("Ada")
    for wrong in ({"kind": "gold", "amount": 1}, {"kind": "class_pass", "amount": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RewardEntry.objects.create(user=ada, reason="x", key="x", at=at, **wrong)


def test_redeeming_never_exceeds_the_balance(at: datetime) -> None:
    ada = person("Ada")
    grant(ada, at, amount=2)
    redeem_reward(user=ada, kind="streak_shield", amount=1, reason="x", key="r1", at=at)
    redeem_reward(user=ada, kind="streak_shield", amount=1, reason="x", key="r1", at=at)  # a repeat
    assert held(ada, at) == 1
    with pytest.raises(InsufficientBalance):
        redeem_reward(user=ada, kind="streak_shield", amount=2, reason="x", key="r2", at=at)
    with pytest.raises(InsufficientBalance):
        redeem_reward(user=ada, kind="streak_shield", amount=1, reason="x", key="r3", at=at + timedelta(days=7))
    assert LoggedEvent.objects.filter(type="reward_redeemed").count() == 1


def test_the_page_shows_balances_and_reasons(at: datetime) -> None:
    from viral_engine.kernel.clock import now

    ada = person("Ada")
    client = browser(ada)
    assert "Nothing yet" in client.get("/rewards/").content.decode()
    grant(ada, now(), amount=2)
    with counting() as captured:
        page = client.get("/rewards/").content.decode()
    assert len(statements(captured)) == 1 + 7
    assert '<li class="card stat" id="holding-streak_shield"><b>2</b>' in page


def test_referral_xp_has_its_own_name() -> None:
    page = browser(person("Ada")).get("/rewards/").content.decode()
    assert (
        '<li class="card stat" id="holding-referral_xp"><b>0</b><span class="muted small">XP for inviting</span>'
        in page
    )
