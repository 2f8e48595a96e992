"""Holds, reversals, expiry, spend limits and recipients."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from loops.core.rewards.expiry import expire_rewards
from loops.core.rewards.grants import DailyCapReached, GrantRefused, SpendLimitReached, grant_reward
from loops.core.rewards.holds import hold_reward, release_reward, restore_reward, revoke_reward
from loops.core.rewards.redemptions import InsufficientBalance, redeem_reward
from loops.models import DailyRewardTotal, DailySpend, RewardEntry, RewardTerms, SpendLimit
from tests.factories import Committed, browser, child, parent_of, person
from tests.loops.shop_rows import stock
from tests.steps.admin import choose_action
from viral_engine.accounts.models import User
from viral_engine.accounts.services.consent import give_consent
from viral_engine.accounts.services.erasure import erase_account
from viral_engine.kernel.models import Decision, LoggedEvent
from viral_engine.learning.models import Progress

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def grant(
    user: User, at: datetime, key: str = "k", *, kind: str = "streak_shield", amount: int = 1, loop: str = ""
) -> RewardEntry:
    return grant_reward(user=user, kind=kind, amount=amount, reason="Test", key=key, at=at, loop=loop)


def redeem(user: User, at: datetime, key: str = "r", *, kind: str = "streak_shield", amount: int = 1) -> RewardEntry:
    return redeem_reward(user=user, kind=kind, amount=amount, reason="Test", key=key, at=at)


def held(user: User, at: datetime, kind: str = "streak_shield") -> int:
    return RewardEntry.objects.all().holdings(user.pk, at).get(kind, 0)


def last_decision() -> tuple[str, str, str]:
    row = Decision.objects.latest("pk")
    return row.type, row.outcome, row.rationale


# -- Reversal ------------------------------------------------------------------------------------


def test_an_unspent_grant_is_revoked_completely(at: datetime) -> None:
    ada = person("Ada")
    grant(ada, at, amount=2)
    line = revoke_reward(key="k", reason="The invite was undone", at=at + DAY)
    assert line is not None
    assert (line.amount, line.left, line.cost_cents, line.cause) == (-2, 0, -10, "reversal")
    assert held(ada, at + DAY) == 0
    assert LoggedEvent.objects.get(type="reward_revoked").properties == {
        "kind": "streak_shield",
        "amount": 2,
        "owed": 0,
        "reason": "The invite was undone",
    }
    assert last_decision() == ("revoke_reward", "revoke", "The invite was undone")


def test_the_spent_part_of_a_revoked_grant_is_a_debt_the_next_grant_pays(at: datetime) -> None:
    ada = person("Ada")
    grant(ada, at, kind="ai_tutor_minutes", amount=30)
    redeem(ada, at, kind="ai_tutor_minutes", amount=20)
    revoke_reward(key="k", reason="x", at=at + DAY)
    assert held(ada, at + DAY, "ai_tutor_minutes") == -20
    assert LoggedEvent.objects.get(type="reward_revoked").properties["owed"] == 20
    with pytest.raises(InsufficientBalance):
        redeem(ada, at + DAY, "r2", kind="ai_tutor_minutes")
    entry = grant(ada, at + 2 * DAY, "k2", kind="ai_tutor_minutes", amount=50)
    assert (entry.left, held(ada, at + 2 * DAY, "ai_tutor_minutes")) == (30, 30)
    # A paid debt stays paid when the grant that paid it expires.
    assert held(ada, at + 40 * DAY, "ai_tutor_minutes") == 0


def test_a_reversal_is_undone_whatever_the_caps_of_today(at: datetime) -> None:
    """Three shields are a day's cap; the one that comes back was counted on its own day."""
    ada = person("Ada")
    grant(ada, at)
    revoke_reward(key="k", reason="x", at=at + DAY)
    grant(ada, at + 2 * DAY, "k2", amount=3)
    assert restore_reward(key="k", at=at + 2 * DAY)
    assert not restore_reward(key="k", at=at + 2 * DAY)
    assert held(ada, at + 2 * DAY) == 4
    first = RewardEntry.objects.get(key="k")
    assert first.expires_at == at + 8 * DAY  # seven days, and the day for which it was away
    assert RewardEntry.objects.get(cause="restoral").cost_cents == 5
    assert last_decision() == ("restore_reward", "restore", "Given back after a review")


def test_a_restored_grant_pays_its_debt_and_is_revoked_again(at: datetime) -> None:
    ada = person("Ada")
    minutes = "ai_tutor_minutes"
    grant(ada, at, kind=minutes, amount=30)
    redeem(ada, at, kind=minutes, amount=20)
    revoke_reward(key="k", reason="x", at=at + DAY)
    grant(ada, at + DAY, "k2", kind=minutes, amount=15)  # pays 15 of the debt
    assert held(ada, at + DAY, minutes) == -5
    assert restore_reward(key="k", at=at + DAY)
    assert held(ada, at + DAY, minutes) == 25  # 10 unspent, and the 15 that the other grant paid
    again = revoke_reward(key="k", reason="x", at=at + 2 * DAY)
    assert again is not None
    assert (again.amount, held(ada, at + 2 * DAY, minutes)) == (-30, -5)


def test_restored_xp_reaches_the_learner(at: datetime) -> None:
    ada = person("Ada")
    grant(ada, at, kind="referral_xp", amount=50)
    revoke_reward(key="k", reason="x", at=at)
    restore_reward(key="k", at=at)
    assert (Progress.objects.get(user=ada).xp, held(ada, at, "referral_xp")) == (50, 50)


def test_a_restored_grant_that_was_held_from_the_start_waits_again(at: datetime) -> None:
    ada = person("Ada")
    grant_reward(user=ada, kind="referral_xp", amount=50, reason="Test", key="k", at=at, held_for="a quick check")
    revoke_reward(key="k", reason="x", at=at)
    assert restore_reward(key="k", at=at, held_for="a quick check")
    assert (held(ada, at, "referral_xp"), RewardEntry.objects.all().held(ada.pk)) == (0, {"referral_xp": 50})
    release_reward(key="k", at=at + DAY)
    assert Progress.objects.get(user=ada).xp == 50


def test_a_debt_is_paid_from_other_grants(at: datetime) -> None:
    ada = person("Ada")
    grant(ada, at, "old")
    grant(ada, at, "new", amount=2)
    redeem(ada, at)
    revoke_reward(key="old", reason="x", at=at)
    assert held(ada, at) == 1
    assert RewardEntry.objects.get(key="new").left == 1


def test_revoking_twice_revokes_once(at: datetime) -> None:
    ada = person("Ada")
    grant(ada, at)
    first = revoke_reward(key="k", reason="x", at=at)
    assert revoke_reward(key="k", reason="y", at=at + DAY) == first
    assert RewardEntry.objects.count() == 2
    assert LoggedEvent.objects.filter(type="reward_revoked").count() == 1


def test_an_expired_part_is_not_revoked(at: datetime) -> None:
    ada = person("Ada")
    grant(ada, at, amount=3)
    redeem(ada, at)
    later = at + 8 * DAY
    line = revoke_reward(key="k", reason="x", at=later)
    assert line is not None
    assert (line.amount, line.left) == (-1, -1)  # one saved a streak; two expired
    grant(ada, later, "gone")
    assert expire_rewards(at=later + 8 * DAY) == 0  # it paid the debt
    grant(ada, later, "unused")
    assert expire_rewards(at=later + 8 * DAY) == 1
    assert revoke_reward(key="unused", reason="x", at=later + 9 * DAY) is None


def test_only_grants_can_be_revoked(at: datetime) -> None:
    ada = person("Ada")
    grant(ada, at)
    redeem(ada, at)
    for key in ("r", "nobody's"):
        with pytest.raises(RewardEntry.DoesNotExist):
            revoke_reward(key=key, reason="x", at=at)


# -- Holds ---------------------------------------------------------------------------------------


def test_a_grant_can_be_held_from_the_start(at: datetime, committed: Committed) -> None:
    ada = person("Ada")
    with committed():
        grant_reward(user=ada, kind="streak_shield", amount=1, reason="x", key="k", at=at, held_for="shares an address")
    assert (held(ada, at), RewardEntry.objects.all().held(ada.pk)) == (0, {"streak_shield": 1})
    assert LoggedEvent.objects.filter(type="reward_granted").count() == 0
    with pytest.raises(InsufficientBalance):
        redeem(ada, at)
    assert release_reward(key="k", at=at + 3 * DAY)
    assert not release_reward(key="k", at=at + 3 * DAY)
    assert held(ada, at + 9 * DAY) == 1  # three of its seven days were spent waiting
    assert held(ada, at + 10 * DAY) == 0
    assert LoggedEvent.objects.filter(type="reward_granted").count() == 1
    assert last_decision() == ("release_reward", "release", "Was held: shares an address")


def test_a_hold_freezes_the_rest_and_stops_expiry(at: datetime) -> None:
    ada = person("Ada")
    grant(ada, at, amount=2)
    redeem(ada, at)
    assert hold_reward(key="k", why="reported", at=at)
    assert not hold_reward(key="k", why="reported", at=at)
    assert held(ada, at) == 0
    assert expire_rewards(at=at + 30 * DAY) == 0
    revoke_reward(key="k", reason="x", at=at + 30 * DAY)
    assert held(ada, at + 30 * DAY) == -1
    assert RewardEntry.objects.all().held(ada.pk) == {}


def test_a_spent_grant_cannot_be_held(at: datetime) -> None:
    ada = person("Ada")
    grant(ada, at)
    redeem(ada, at)
    assert not hold_reward(key="k", why="late", at=at)


# -- Expiry and history --------------------------------------------------------------------------


def test_an_expired_grant_is_written_off_at_its_expiry(at: datetime) -> None:
    ada = person("Ada")
    grant(ada, at, amount=3)
    redeem(ada, at + DAY)
    end = at + 7 * DAY
    assert held(ada, end) == 0  # before any sweep
    assert expire_rewards(at=end + timedelta(minutes=59)) == 0  # a late listener may still act as of before
    assert expire_rewards(at=end + timedelta(hours=1)) == 1
    assert expire_rewards(at=end + timedelta(hours=1)) == 0
    line = RewardEntry.objects.get(cause="expiry")
    assert (line.amount, line.at, line.cost_cents) == (-2, end, -10)
    assert RewardEntry.objects.aggregate(sum=Sum("amount"))["sum"] == 0


def test_a_late_listener_spends_the_balance_at_its_event(at: datetime) -> None:
    """A streak lapsed while the shield was valid, but the process that should have handled it died."""
    ada = person("Ada")
    grant(ada, at)
    lapsed = at + 7 * DAY - timedelta(minutes=10)
    expire_rewards(at=lapsed + timedelta(minutes=43))
    redeem(ada, lapsed)
    assert held(ada, lapsed) == 0


def test_a_later_grant_does_not_pay_for_an_earlier_redemption(at: datetime) -> None:
    ada = person("Ada")
    grant(ada, at)
    with pytest.raises(InsufficientBalance):
        redeem(ada, at - timedelta(minutes=1))


def test_past_balances_can_be_computed(at: datetime) -> None:
    ada = person("Ada")
    grant(ada, at, "a", amount=2)
    redeem(ada, at + 2 * DAY, "r1")
    grant(ada, at + 3 * DAY, "b", amount=3)
    redeem(ada, at + 4 * DAY, "r2", amount=3)
    expected = {0: 2, 1: 2, 2: 1, 3: 4, 4: 1, 9: 1, 10: 0, 11: 0}
    entries = RewardEntry.objects.all()
    for swept in (False, True):
        found = {day: entries.balance_at(ada.pk, "streak_shield", at + day * DAY) for day in expected}
        assert found == expected, swept
        expire_rewards(at=at + 20 * DAY)


# -- Spend limits --------------------------------------------------------------------------------


def test_daily_spend_is_limited_overall_and_per_loop(at: datetime) -> None:
    SpendLimit.objects.all().delete()
    SpendLimit.objects.create(scope="overall", cents_a_day=2000)
    SpendLimit.objects.create(scope="proud_parent", cents_a_day=900)
    ada, bo, cy = person("Ada"), person("Bo"), person("Cy")
    grant(ada, at, "a", kind="class_pass", loop="proud_parent")
    with pytest.raises(SpendLimitReached, match="Try again tomorrow"):
        grant(bo, at, "b", loop="proud_parent")
    assert last_decision() == ("grant_reward", "refuse", "spend_limit_proud_parent")
    grant(bo, at, "b", kind="class_pass", loop="results_rally")
    with pytest.raises(SpendLimitReached):
        grant(cy, at, "c", kind="class_pass")
    assert last_decision() == ("grant_reward", "refuse", "spend_limit_overall")
    assert Decision.objects.latest("pk").features == {"kind": "class_pass", "amount": 1, "loop": "", "key": "c"}
    # A refused grant leaves nothing behind, not even its count towards the personal cap.
    assert RewardEntry.objects.count() == 2
    assert not DailyRewardTotal.objects.filter(user=cy).exists()
    assert set(DailySpend.objects.values_list("scope", "spent_cents")) == {
        ("overall", 1800),
        ("proud_parent", 900),
        ("results_rally", 900),
    }
    grant(cy, at + DAY, "c", kind="class_pass")
    grant(cy, at, "free", kind="points", amount=100)  # free rewards are never limited by spend


def test_a_refusal_by_the_personal_cap_is_logged_and_explained(at: datetime) -> None:
    ada = person("Ada")
    with pytest.raises(DailyCapReached, match="You can get 3 streak shields a day"):
        grant(ada, at, amount=4)
    assert last_decision() == ("grant_reward", "refuse", "daily_cap")


def test_edited_terms_apply_from_the_next_grant(at: datetime) -> None:
    ada = person("Ada")
    grant(ada, at, "before")
    RewardTerms.objects.update_or_create(
        kind="streak_shield", defaults={"daily_cap": 4, "lasts_days": 2, "cost_cents": 9}
    )
    entry = grant(ada, at, "after", amount=3)
    assert (entry.cost_cents, entry.expires_at) == (27, at + 2 * DAY)
    with pytest.raises(DailyCapReached):
        grant(ada, at, "more")


# -- Keys and constraints ------------------------------------------------------------------------


def test_a_key_of_another_entry_is_refused(at: datetime) -> None:
    ada, bo = person("Ada"), person("Bo")
    grant(ada, at)
    redeem(ada, at)
    with pytest.raises(ValueError, match="belongs to another entry"):
        grant(bo, at)
    with pytest.raises(ValueError, match="belongs to another entry"):
        grant(ada, at, kind="class_pass")
    with pytest.raises(ValueError, match="belongs to another entry"):
        redeem(ada, at, amount=2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"cause": "grant", "amount": 1, "left": 2},
        {"cause": "grant", "amount": 1, "left": -1},
        {"cause": "grant", "amount": -1},
        {"cause": "use", "amount": 1},
        {"cause": "use", "amount": -1, "left": -1},
        {"cause": "reversal", "amount": -1},
        {"cause": "gift", "amount": 1},
        {"cause": "grant", "amount": 1, "kind": "gold"},
    ],
)
def test_constraints_refuse_inconsistent_entries(at: datetime, wrong: dict[str, object]) -> None:
    ada = person("Ada")
    with pytest.raises(IntegrityError), transaction.atomic():
        RewardEntry.objects.create(**{"user": ada, "kind": "points", "reason": "x", "key": "x", "at": at} | wrong)


# -- Children ------------------------------------------------------------------------------------


def test_a_childs_referral_reward_goes_to_the_consenting_parent(at: datetime) -> None:
    kid = child("Comet", at=at)
    with pytest.raises(GrantRefused, match="once they say yes"):
        grant(kid, at, kind="referral_xp", amount=50, loop="results_rally")
    assert last_decision() == ("grant_reward", "refuse", "no_parent_yet")
    grace = parent_of(kid, at=at)
    give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=at)
    entry = grant(kid, at, kind="referral_xp", amount=50, loop="results_rally")
    assert (entry.user, entry.earned_by) == (grace, kid)
    assert grant(kid, at, kind="referral_xp", amount=50, loop="results_rally") == entry
    assert LoggedEvent.objects.get(type="reward_granted").actor_id == grace.pk
    assert grant(kid, at, "shield", loop="buddy_challenge").user == kid  # it saves the child's own streak
    page = browser(grace).get("/rewards/").content.decode()
    assert "earned by comet" in page
    assert "Shop" not in page


def test_erasing_a_child_removes_the_name_and_keeps_the_sums(at: datetime) -> None:
    kid = child("Comet", at=at)
    grace = parent_of(kid, at=at)
    give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=at)
    grant(kid, at, kind="referral_xp", amount=50, loop="results_rally")
    erase_account(user=kid, by=grace, at=at)
    assert "comet" not in browser(grace).get("/rewards/").content.decode().lower()
    assert held(grace, at, "referral_xp") == 50


# -- Admin ---------------------------------------------------------------------------------------


def test_staff_hold_release_and_revoke_in_the_admin(at: datetime) -> None:
    stock()
    ada = person("Ada")
    entry = grant(ada, at, kind="points", amount=100)
    staff = browser(User.objects.create_superuser("root", "root@example.com", "correct-horse-9"))

    def act(action: str) -> str:
        page = choose_action(staff, "/admin/loops/rewardentry/", action, entry.pk)
        return str(page.content.decode())

    assert "1 held." in act("hold")
    assert held(ada, at, "points") == 0
    assert "1 released." in act("release")
    assert held(ada, at, "points") == 100
    assert "1 taken back." in act("take_back")
    assert held(ada, at, "points") == 0


def test_the_history_of_a_setting_shows_old_and_new_values(at: datetime) -> None:
    stock()
    staff = browser(User.objects.create_superuser("root", "root@example.com", "correct-horse-9"))
    answer = staff.post(
        "/admin/loops/rewardterms/points/change/", {"kind": "points", "daily_cap": "300", "cost_cents": "0"}
    )
    assert answer.status_code == 302
    assert RewardTerms.objects.get(kind="points").daily_cap == 300
    assert "Daily cap: 500 → 300" in staff.get("/admin/loops/rewardterms/points/history/").content.decode()
