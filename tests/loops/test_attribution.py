from datetime import datetime, timedelta

import pytest

from loops.core.attribution import attribute_sign_up, is_circular, self_referral_reason
from loops.models import AttributionWindow, Credit, Referral
from tests.factories import counting, guest, link_of, person, sign_up_from, statements, touch
from viral_engine.accounts.events import AccountCreated
from viral_engine.accounts.models import User
from viral_engine.kernel.models import Decision
from viral_engine.safety.services.signals import keep_mailboxes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def test_the_last_touch_in_30_days_is_paid(at: datetime) -> None:
    ada, bo = person("Ada", at=at - timedelta(days=90)), person("Bo", at=at - timedelta(days=90))
    visitor = guest(at=at)
    touch(link_of(ada, at), visitor, at - timedelta(days=2))
    touch(link_of(bo, at), visitor, at - timedelta(days=1))
    cy = sign_up_from("Cy", visitor, at)
    referral = Referral.objects.get()
    assert (referral.referee, referral.referrer, referral.touch.clicked_at) == (cy, bo, at - timedelta(days=1))
    assert Decision.objects.get(agent="attribution").outcome == "attribute"


def test_a_touch_older_than_the_window_pays_nobody(at: datetime) -> None:
    visitor = guest(at=at)
    touch(link_of(person("Ada", at=at - timedelta(days=90)), at), visitor, at - timedelta(days=31))
    sign_up_from("Cy", visitor, at)
    assert Referral.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"email": "a.da+2@example.com"}, "self_referral_mailbox"),
        ({"signup_device": "laptop"}, "self_referral_device"),
    ],
)
def test_two_accounts_of_one_person_are_refused(at: datetime, fields: dict[str, str], reason: str) -> None:
    ada = person("Ada", at=at - timedelta(days=9), signup_device="laptop")
    visitor = guest(at=at)
    touch(link_of(ada, at), visitor, at)
    sign_up_from("Cy", visitor, at, **fields)
    assert Referral.objects.count() == 0
    row = Decision.objects.get(agent="attribution")
    assert (row.outcome, row.rationale) == ("refuse", reason)


def test_the_guests_device_counts_too(at: datetime) -> None:
    ada = person("Ada", at=at - timedelta(days=9), signup_device="laptop")
    visitor = guest(at=at, device="laptop")
    touch(link_of(ada, at), visitor, at)
    sign_up_from("Cy", visitor, at, signup_device="cleared-cookies")
    assert Decision.objects.get(agent="attribution").rationale == "self_referral_device"


def test_a_self_referral_is_refused(at: datetime) -> None:
    ada = person("Ada", at=at)
    assert self_referral_reason(referrer=ada, referee=ada) == "self_referral"


def test_a_second_attribution_is_refused(at: datetime) -> None:
    ada, bo = person("Ada", at=at - timedelta(days=90)), person("Bo", at=at - timedelta(days=90))
    visitor = guest(at=at)
    touch(link_of(ada, at), visitor, at)
    cy = sign_up_from("Cy", visitor, at)
    touch(link_of(bo, at), visitor, at + timedelta(hours=1))
    attribute_sign_up(AccountCreated(actor_id=cy.pk, role="student"), at + timedelta(hours=2))
    assert Referral.objects.get().referrer == ada
    last = Decision.objects.filter(agent="attribution").order_by("-pk")[0]
    assert (last.outcome, last.rationale) == ("refuse", "second_attribution")


def test_a_circular_referral_is_refused(at: datetime) -> None:
    """Both accounts are equally old on this clock, so only the referral chain reveals the circle."""
    bo, visitor = person("Bo", at=at), guest(at=at)
    ada = person("Ada", at=at, person_id=visitor.pk)
    first = link_of(ada, at)
    bo_visitor = guest(at=at)
    User.objects.filter(pk=bo.pk).update(person_id=bo_visitor.pk)
    touch(first, bo_visitor, at)
    attribute_sign_up(AccountCreated(actor_id=bo.pk, role="student"), at)
    assert Referral.objects.get().referee == bo
    touch(link_of(bo, at), visitor, at)
    attribute_sign_up(AccountCreated(actor_id=ada.pk, role="student"), at)
    assert Referral.objects.count() == 1
    assert Decision.objects.filter(agent="attribution").order_by("-pk")[0].rationale == "circular_referral"


@pytest.mark.parametrize("length", [2, 3, 7])
def test_a_second_account_of_an_ancestor_is_a_circular_referral(at: datetime, length: int) -> None:
    """Ada referred Bo, who referred Cy, and so on; the last person's link is opened on Ada's device."""
    first = person("Ada", at=at, signup_device="laptop")
    last = first
    for number in range(1, length):
        last = brought_by(last, f"Bo{number}", at + timedelta(hours=number))
    visitor = guest(at=at, device="laptop")
    touch(link_of(last, at), visitor, at)
    sign_up_from("Twin", visitor, at + timedelta(days=1), signup_device="laptop")
    assert Referral.objects.count() == length - 1
    row = Decision.objects.filter(agent="attribution").order_by("-pk")[0]
    assert (row.outcome, row.rationale) == ("refuse", "circular_referral")


@pytest.mark.parametrize("is_proven", [False, True])
def test_an_ancestors_mailbox_counts_once_they_proved_it(at: datetime, *, is_proven: bool) -> None:
    """Ada typed Cy's address and brought Bo, whose link Cy plays: neither pays for a claim that is not hers."""
    cy = person("Cy", at=at)
    ada = person("Ada", at=at, email="c.y+1@example.com", is_proven=is_proven)
    for one in (cy, ada):
        keep_mailboxes(one, at)
    bo = brought_by(ada, "Bo", at)
    assert is_circular(bo, cy) is is_proven


def brought_by(referrer: User, name: str, at: datetime) -> User:
    visitor = guest(at=at)
    touch(link_of(referrer, at), visitor, at)
    return sign_up_from(name, visitor, at)


def test_generations_count_down_a_referral_chain(at: datetime) -> None:
    last = person("Ada", at=at)
    for number in range(1, 5):
        last = brought_by(last, f"Bo{number}", at + timedelta(hours=number))
    assert list(Referral.objects.order_by("pk").values_list("generation", flat=True)) == [1, 2, 3, 4]


def test_each_loop_has_its_own_attribution_window(at: datetime) -> None:
    ada = person("Ada", at=at - timedelta(days=90))
    for name, age, credited in (("Bo", 6, True), ("Cy", 8, False)):
        AttributionWindow.objects.update_or_create(loop_id="buddy_challenge", defaults={"days": 7})
        visitor = guest(at=at)
        touch(link_of(ada, at), visitor, at - timedelta(days=age))
        referee = sign_up_from(name, visitor, at)
        assert Referral.objects.filter(referee=referee).exists() is credited


def test_an_ineligible_touch_is_skipped_for_the_one_before_it(at: datetime) -> None:
    ada, bo = person("Ada", at=at - timedelta(days=90)), person("Bo", at=at - timedelta(days=90), signup_device="lap")
    robo = person("Robo", at=at - timedelta(days=90), is_simulated=True)
    visitor = guest(at=at, device="lap")
    for days, referrer in ((3, ada), (2, bo), (1, robo)):
        touch(link_of(referrer, at), visitor, at - timedelta(days=days))
    sign_up_from("Cy", visitor, at)
    referral = Referral.objects.get()
    assert referral.referrer == ada
    row = Decision.objects.get(agent="attribution")
    assert [left["reason"] for left in row.features["left_out"]] == ["self_referral_device", "simulated_person"]
    assert set(Credit.objects.values_list("touch__link__referrer", flat=True)) == {ada.pk}


def test_simulated_people_are_not_attributed(at: datetime) -> None:
    visitor = guest(at=at)
    touch(link_of(person("Ada", at=at - timedelta(days=9)), at), visitor, at)
    sign_up_from("Robo", visitor, at, is_simulated=True)
    assert (Referral.objects.count(), Credit.objects.count()) == (0, 0)
    assert Decision.objects.get(agent="attribution").rationale == "simulated_person"


# -- Credit --------------------------------------------------------------------------------------


def test_five_models_share_one_sign_up(at: datetime) -> None:
    names, visitor = ("Ada", "Bo", "Dee"), guest(at=at)
    referrers = [person(name, at=at - timedelta(days=90)) for name in names]
    for referrer, days in zip(referrers, (14, 7, 0), strict=True):
        touch(link_of(referrer, at), visitor, at - timedelta(days=days))
    sign_up_from("Cy", visitor, at)
    found: dict[str, list[int]] = {}
    for model, points in Credit.objects.order_by("touch__clicked_at").values_list("model", "basis_points"):
        found.setdefault(model, []).append(points)
    assert found == {
        "first": [10_000],
        "last": [10_000],
        "linear": [3_334, 3_333, 3_333],
        "position": [4_000, 2_000, 4_000],
        "decay": [1_429, 2_857, 5_714],
    }
    assert Credit.objects.get(model="first").touch.link.referrer == referrers[0]
    paid = Referral.objects.get()
    assert (paid.referrer, Credit.objects.get(model="last").touch) == (referrers[2], paid.touch)
    assert Credit.objects.all().unbalanced() == set()


def test_unbalanced_credit_is_found(at: datetime) -> None:
    bo = brought_by(person("Ada", at=at - timedelta(days=9)), "Bo", at)
    Credit.objects.filter(model="linear").update(basis_points=9_999)
    assert Credit.objects.all().unbalanced() == {Referral.objects.get(referee=bo).pk}


def test_the_dashboard_reads_credit_by_loop_and_channel_in_one_query(at: datetime) -> None:
    ada = person("Ada", at=at - timedelta(days=90))
    for number in range(3):
        visitor = guest(at=at)
        touch(link_of(ada, at), visitor, at, channel="sms")
        touch(link_of(ada, at), visitor, at, channel="copy")
        sign_up_from(f"Bo{number}", visitor, at + timedelta(hours=number))
    with counting() as captured:
        rows = Credit.objects.within(at, at + timedelta(hours=2)).by_loop_and_channel()
    assert len(statements(captured)) == 1
    by_key = {(row["channel"], row["model"]): (row["points"], row["sign_ups"]) for row in rows}
    assert {row["loop"] for row in rows} == {"buddy_challenge"}
    assert by_key["copy", "last"] == (20_000, 2)
    assert by_key["sms", "first"] == (20_000, 2)
    assert by_key["sms", "linear"] == by_key["copy", "linear"] == (10_000, 2)
    for model in ("first", "last", "linear", "position", "decay"):
        assert sum(points for (_, one), (points, _) in by_key.items() if one == model) == 20_000


def test_a_later_account_cannot_refer(at: datetime) -> None:
    visitor = guest(at=at)
    late = person("Ada", at=at + timedelta(days=1))
    touch(link_of(late, at), visitor, at)
    sign_up_from("Cy", visitor, at)
    assert Decision.objects.get(agent="attribution").rationale == "referrer_joined_later"
