from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import child, counting, parent_of, person, statements
from viral_engine.accounts.events import AccountCreated
from viral_engine.accounts.models import User
from viral_engine.accounts.services.consent import give_consent, withdraw_consent
from viral_engine.kernel.models import Decision
from viral_engine.safety import services
from viral_engine.safety.models import ReviewItem
from viral_engine.safety.services import ActionRefused, sign_ups

pytestmark = pytest.mark.django_db


def test_every_check_is_a_row_and_refusals_do_not_count(at: datetime) -> None:
    ada = person("Ada", at=at)
    for minutes in range(0, 50, 10):
        services.check_action(user=ada, action="create_challenge", at=at + timedelta(minutes=minutes))
    for _ in range(2):
        with pytest.raises(ActionRefused) as refusal:
            services.check_action(user=ada, action="create_challenge", at=at + timedelta(hours=1))
        assert (refusal.value.reason, str(refusal.value)) == (
            "daily_cap",
            "That is enough for today. Try again tomorrow.",
        )
    outcomes = list(Decision.objects.order_by("pk").values_list("outcome", "rationale"))
    assert outcomes == [("allow", "No objection.")] * 5 + [("refuse", "daily_cap")] * 2
    services.check_action(user=ada, action="create_challenge", at=at + timedelta(days=1, minutes=1))


def test_ten_of_one_action_an_hour(at: datetime) -> None:
    ada = person("Ada", at=at)
    for second in range(10):
        services.check_action(user=ada, action="trigger_loop", at=at + timedelta(seconds=second))
    with pytest.raises(ActionRefused, match="Try again in an hour"):
        services.check_action(user=ada, action="trigger_loop", at=at + timedelta(minutes=59))
    services.check_action(user=ada, action="trigger_loop", at=at + timedelta(minutes=61))


@pytest.mark.parametrize("change", [{"blocked_at": datetime(2026, 3, 4, tzinfo=UTC)}, {"is_active": False}])
def test_blocked_people_are_refused_first(at: datetime, change: dict[str, object]) -> None:
    """Also where the caller read the account before."""
    ada = person("Ada", at=at)
    User.objects.filter(pk=ada.pk).update(**change)
    with pytest.raises(ActionRefused) as refusal:
        services.check_action(user=ada, action="trigger_loop", at=at)
    assert refusal.value.reason == "blocklisted"


def test_consent_opens_and_withdrawal_closes_at_once(at: datetime) -> None:
    kid = child("Comet")
    grace = parent_of(kid, at=at)
    with pytest.raises(ActionRefused, match="A parent has to say yes first"):
        services.check_action(user=kid, action="trigger_loop", at=at)
    give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=at)
    services.check_action(user=kid, action="trigger_loop", at=at)
    withdraw_consent(parent=grace, child=kid, kind="coppa", at=at)
    with pytest.raises(ActionRefused):
        services.check_action(user=kid, action="trigger_loop", at=at)


def test_a_check_costs_three_statements(at: datetime) -> None:
    ada = person("Ada", at=at)
    with counting() as captured:
        services.check_action(user=ada, action="trigger_loop", at=at)
    assert len(statements(captured)) == 3


def test_sign_ups_are_compared_and_a_shared_address_is_no_proof(at: datetime) -> None:
    person("Ada", at=at, signup_device="one", signup_ip_hash="school")
    for number in range(4):
        person(f"Peer{number}", at=at, signup_device=f"d{number}", signup_ip_hash="school")
    twin = person("Bo", at=at, signup_device="one", signup_ip_hash="school", email="bo@mailinator.com", is_proven=False)
    sign_ups.review_sign_up(AccountCreated(actor_id=twin.pk, role="student"), at)
    found = Decision.objects.get(actor_id=twin.pk)
    signals = "disposable_email, same_device, crowded_ip, new_account, unverified"
    assert (found.outcome, found.rationale) == ("hold", signals)
    assert (found.features["risk"], found.features["same_ip"]) == (0.6911, 5)
    case = ReviewItem.objects.get()
    assert (case.subject, case.kind, case.reason, case.evidence["outcome"]) == (twin, "person", signals, "hold")
    pupil = person("Cy", at=at, signup_device="own", signup_ip_hash="school")
    sign_ups.review_sign_up(AccountCreated(actor_id=pupil.pk, role="student"), at)
    assert Decision.objects.get(actor_id=pupil.pk).outcome == "allow"
