"""The order of the checks, the data behind each signal, and what a verdict does."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db.models import Model
from pytest_django import Settings

from tests.factories import counting, guest, person, statements, verify
from viral_engine.accounts.models import User
from viral_engine.kernel.models import Decision, LoggedEvent
from viral_engine.safety import rules
from viral_engine.safety.models import BlocklistEntry, DeviceFlag, MailboxKey, Report, ReviewItem
from viral_engine.safety.services import ActionRefused, check_action, evaluate_action
from viral_engine.safety.services.detections import open_item
from viral_engine.safety.services.reviews import approve
from viral_engine.safety.services.signals import is_second_account, keep_mailboxes, note_referral

pytestmark = pytest.mark.django_db
OLD = timedelta(days=90)


def old_account(name: str, at: datetime, **fields: Any) -> User:
    """A verified account of three months ago: none of its own signals apply."""
    return person(name, at=at, date_joined=at - OLD, **fields)


def signals_of(user: User, at: datetime) -> list[str]:
    return list(evaluate_action(user=user, action="send_invite", at=at).decision.features["signals"])


def flag(level: str) -> Callable[[User, datetime], object]:
    return lambda ada, _: DeviceFlag.objects.create(device=ada.signup_device, level=level, reason="a farm")


def report_of(ada: User, at: datetime, **settled: object) -> Model:
    bo = old_account("Bo", at)
    item, _ = open_item(kind="profile", object_key=str(ada.pk), subject_id=ada.pk, reason="", evidence={}, at=at)
    return Report.objects.create(
        item=item, reporter=bo, reporter_key=f"user:{bo.pk}", kind="profile", object_key=str(ada.pk), owner=ada,
        reason="unkind", at=at - timedelta(days=1), **settled,
    )  # fmt: skip


def checks(number: int) -> Callable[[User, datetime], object]:
    return lambda ada, at: Decision.objects.bulk_create(
        Decision(agent="trust_safety", actor_id=ada.pk, type="other", outcome="refuse", decided_at=at)
        for _ in range(number)
    )


def referees(number: int) -> Callable[[User, datetime], object]:
    def bring(ada: User, at: datetime) -> None:
        for count in range(number):
            brought = old_account(f"Bo{count}", at)
            note_referral(referee_id=brought.pk, referrer_id=ada.pk, depth=1, at=at - timedelta(minutes=5))

    return bring


def depth(number: int) -> Callable[[User, datetime], object]:
    def place(ada: User, at: datetime) -> None:
        note_referral(referee_id=ada.pk, referrer_id=old_account("Bo", at).pk, depth=number, at=at - OLD)

    return place


@pytest.mark.parametrize(
    ("arrange", "signal"),
    [
        (flag("high"), "device_high"),
        (flag("medium"), "device_medium"),
        (flag("low"), "device_low"),
        (depth(6), "chain_depth_5"),
        (depth(11), "chain_depth_10"),
        (referees(6), "rapid_referrals"),
        (checks(21), "velocity_20"),
        (checks(31), "velocity_30"),
        (checks(51), "velocity_50"),
        (report_of, "reported"),
    ],
)
def test_each_signal_has_data_behind_it(at: datetime, arrange: Callable[..., object], signal: str) -> None:
    ada = old_account("Ada", at, signup_device="laptop")
    assert signals_of(ada, at) == []
    arrange(ada, at)
    assert signals_of(ada, at) == [signal]


def test_what_the_site_does_for_a_person_is_not_their_haste(at: datetime) -> None:
    toni = old_account("Toni", at, signup_device="laptop")
    Decision.objects.bulk_create(
        Decision(agent="trust_safety", actor_id=toni.pk, type="session_action", outcome="refuse", decided_at=at)
        for _ in range(51)
    )
    assert signals_of(toni, at) == []


def test_signals_of_the_account_itself(at: datetime) -> None:
    assert signals_of(person("Ada", at=at), at) == ["new_account"]
    assert signals_of(old_account("Bo", at, is_proven=False), at) == ["unverified"]
    assert signals_of(old_account("Cy", at, email="cy@sub.mailinator.com"), at) == ["disposable_email"]
    old_account("Dee", at, signup_device="shared")
    assert signals_of(old_account("Eve", at, signup_device="shared"), at) == ["same_device"]


def test_a_second_account_of_a_mailbox_is_found_and_the_first_is_not_blamed(at: datetime) -> None:
    first, second = old_account("Ada", at), old_account("Bo", at, email="a.da+two@example.com")
    for one in (first, second):
        keep_mailboxes(one, at)
    assert MailboxKey.objects.filter(key__contains="@").count() == 0
    assert (signals_of(first, at), signals_of(second, at)) == ([], ["same_mailbox"])


def test_a_claim_that_nobody_proved_blames_nobody(at: datetime) -> None:
    """Otherwise a stranger who types many addresses first takes the rewards of their owners."""
    claimant, owner = old_account("Ada", at, is_proven=False), old_account("Bo", at, email="a.da+bo@example.com")
    for one in (claimant, owner):
        keep_mailboxes(one, at)
    assert (is_second_account(owner), signals_of(owner, at)) == (False, [])
    assert (is_second_account(claimant), signals_of(claimant, at)) == (True, ["same_mailbox", "unverified"])


def test_of_accounts_of_one_mailbox_the_first_proof_counts(at: datetime) -> None:
    """A farm that proves its youngest account first has one account all the same."""
    farm = [old_account(f"Ada{number}", at, email=f"ada+{number}@example.com", is_proven=False) for number in range(3)]
    for one in farm:
        keep_mailboxes(one, at)
    for hour, one in enumerate(reversed(farm)):
        verify(one)
        keep_mailboxes(one, at + timedelta(hours=hour))
    assert [is_second_account(one) for one in farm] == [True, True, False]


def test_a_mailbox_proves_one_account_though_its_owner_moves_on(at: datetime) -> None:
    ada = old_account("Ada", at)
    keep_mailboxes(ada, at)
    EmailAddress.objects.filter(user=ada).update(email="other@example.com")
    User.objects.filter(pk=ada.pk).update(email="other@example.com")
    ada.refresh_from_db()
    keep_mailboxes(ada, at + timedelta(hours=1))
    again = old_account("Bo", at, email="ada+2@example.com")
    keep_mailboxes(again, at + timedelta(hours=2))
    assert (is_second_account(ada), is_second_account(again)) == (False, True)


def test_a_claim_that_was_dropped_leaves_no_row(at: datetime) -> None:
    ada = old_account("Ada", at, is_proven=False)
    keep_mailboxes(ada, at)
    User.objects.filter(pk=ada.pk).update(email=None)
    ada.refresh_from_db()
    keep_mailboxes(ada, at)
    assert MailboxKey.objects.count() == 0


def test_mailboxes_are_compared_across_a_change_of_the_sites_key(at: datetime, settings: Settings) -> None:
    first, second = old_account("Ada", at), old_account("Bo", at, email="a.da+two@example.com")
    keep_mailboxes(first, at)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the next key of the site"
    keep_mailboxes(second, at)
    assert is_second_account(second)


def test_the_device_of_a_past_guest_counts_too(at: datetime) -> None:
    ada, visitor = old_account("Ada", at), guest(at=at, device="tablet")
    visitor.user = ada
    visitor.save(update_fields=["user"])
    DeviceFlag.objects.create(device="tablet", level="high", reason="a farm")
    with pytest.raises(ActionRefused) as refusal:
        check_action(user=ada, action="send_invite", at=at)
    assert refusal.value.reason == "risk_block"


def test_a_dismissed_report_counts_nothing(at: datetime) -> None:
    ada = old_account("Ada", at)
    report_of(ada, at, settled_at=at, is_upheld=False)
    assert signals_of(ada, at) == []


def test_the_blocklist_comes_first_and_ends(at: datetime) -> None:
    ada = old_account("Ada", at, signup_device="laptop")
    BlocklistEntry.objects.create(device="laptop", reason="sold rewards", expires_at=at + timedelta(days=1))
    with pytest.raises(ActionRefused) as refusal:
        check_action(user=ada, action="send_invite", at=at)
    assert refusal.value.reason == "blocklisted"
    check_action(user=ada, action="send_invite", at=at + timedelta(days=2))


@pytest.mark.parametrize(
    ("levels", "outcome", "reason"),
    [
        (("high",), "block", "risk_block"),
        (("medium", "report"), "hold", "risk_hold"),
        (("medium",), "queue", None),
        (("low", "device"), "watch", None),
        ((), "allow", None),
    ],
)
def test_each_verdict_has_its_effect(at: datetime, levels: tuple[str, ...], outcome: str, reason: str | None) -> None:
    ada = old_account("Ada", at, signup_device="laptop")
    if "report" in levels:
        report_of(ada, at)
        ReviewItem.objects.filter(kind="person").delete()
    if "device" in levels:
        old_account("Cy", at, signup_device="laptop")
    for level in {"high", "medium", "low"} & set(levels):
        DeviceFlag.objects.create(device="laptop", level=level, reason="seen before")
    verdict = evaluate_action(user=ada, action="send_invite", at=at)
    assert (verdict.decision.outcome, verdict.reason) == (outcome, reason)
    for _ in range(2):
        if reason:
            with pytest.raises(ActionRefused):
                check_action(user=ada, action="send_invite", at=at)
        else:
            check_action(user=ada, action="send_invite", at=at)
    is_reviewed = outcome in {"block", "hold", "queue"}
    assert ReviewItem.objects.filter(kind="person", subject=ada).count() == is_reviewed
    detected = LoggedEvent.objects.filter(type="ts_detection", actor_id=ada.pk)
    assert [event.properties["outcome"] for event in detected] == [outcome] * is_reviewed


def test_a_check_costs_three_statements_and_a_new_case_two_more(at: datetime) -> None:
    ada = old_account("Ada", at, signup_device="laptop")
    evaluate_action(user=ada, action="send_invite", at=at)

    def cost() -> int:
        with counting() as captured:
            check_action(user=ada, action="send_invite", at=at)
        return len(statements(captured))

    assert cost() == 3
    DeviceFlag.objects.create(device="laptop", level="medium", reason="seen before")
    assert (cost(), cost()) == (5, 3)


def test_what_staff_approved_is_not_held_again(at: datetime) -> None:
    ada, root = old_account("Ada", at, signup_device="laptop"), old_account("Root", at, is_staff=True)
    DeviceFlag.objects.create(device="laptop", level="medium", reason="seen before")
    check_action(user=ada, action="send_invite", at=at)
    approve(item=ReviewItem.objects.get(), by=root, at=at)
    check_action(user=ada, action="send_invite", at=at)
    assert ReviewItem.objects.count() == 1
    decided = Decision.objects.order_by("pk").values_list("type", "outcome")
    assert list(decided) == [("send_invite", "queue"), ("sign_up", "allow"), ("send_invite", "watch")]
    DeviceFlag.objects.update(level="high")
    with pytest.raises(ActionRefused):
        check_action(user=ada, action="send_invite", at=at)


def test_the_weights_are_those_of_the_contract() -> None:
    facts = rules.RiskFacts
    assert rules.weigh(facts(device_level="high")).risk == 0.8
    assert rules.weigh(facts(depth=11, referrals=6)).risk == 0.76
    assert rules.weigh(facts(is_disposable=True, is_new=True, is_unverified=True)).risk == 0.6175
    assert rules.weigh(facts(), {"referee_devices": 0.6}).outcome == "hold"
    pupil = facts(shares_device=True, neighbors=300, is_new=True, is_unverified=True)
    assert rules.weigh(pupil).outcome == "watch"
