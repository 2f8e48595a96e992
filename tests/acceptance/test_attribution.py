"""Attribution over HTTP: several links and one sign-up, circular referrals, referral chains."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.test import Client

from loops.models import Credit, Referral, Touch
from tests.factories import browser, person
from tests.ledgers import events
from tests.steps.challenges import challenge_from
from tests.steps.sign_up import sign_up
from viral_engine.accounts.models import User
from viral_engine.kernel.models import Decision

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]
START = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


def shared_by(user: User, when: datetime) -> str:
    with time_machine.travel(when):
        return challenge_from(browser(user))[1]


def test_the_last_of_three_links_pays_and_five_models_assign_credit() -> None:
    referrers = [person(name, at=START - timedelta(days=90), growth_prompts=True) for name in ("Ada", "Bo", "Dee")]
    at_cy = browser()
    for number, (referrer, channel) in enumerate(zip(referrers, ("whatsapp", "sms", "email"), strict=True)):
        when = START + timedelta(days=7 * number)
        shared = shared_by(referrer, when)
        with time_machine.travel(when + timedelta(hours=1)):
            for _ in range(3):  # repeated clicks on a day are not touches
                assert at_cy.get(f"{shared}?via={channel}").status_code == 302
            browser_of_a_preview = Client(headers={"user-agent": "WhatsApp/2.23.20.0"})
            browser_of_a_preview.get(f"{shared}?via={channel}")
    touches = list(Touch.objects.order_by("clicked_at").values_list("link__referrer", "channel"))
    assert touches == [(one.pk, how) for one, how in zip(referrers, ("whatsapp", "sms", "email"), strict=True)]
    assert len(events("link_clicked")) == 3

    with time_machine.travel(START + timedelta(days=14, hours=1, minutes=5)):
        cy = sign_up(at_cy, "Cy", year=2011)
    referral = Referral.objects.get()
    assert (referral.referee, referral.referrer, referral.generation) == (cy, referrers[2], 1)
    assert [(event.actor_id, event.properties["referrer_id"]) for event in events("signup_attributed")] == [
        (cy.pk, referrers[2].pk)
    ]
    shares: dict[str, list[int]] = {}
    for model, points in Credit.objects.order_by("touch__clicked_at").values_list("model", "basis_points"):
        shares.setdefault(model, []).append(points)
    assert shares == {
        "first": [10_000],
        "last": [10_000],
        "linear": [3_334, 3_333, 3_333],
        "position": [4_000, 2_000, 4_000],
        "decay": [1_429, 2_857, 5_714],
    }
    rows = Credit.objects.within(START, START + timedelta(days=30)).by_loop_and_channel()
    by_channel = {row["channel"]: row["points"] for row in rows if row["model"] == "position"}
    assert by_channel == {"whatsapp": 4_000, "sms": 2_000, "email": 4_000}


def test_a_referrer_cannot_be_referred_by_their_referee() -> None:
    """Ada refers Bo. Then Ada, logged out on her own device, follows Bo's link and makes a second account."""
    at_ada, at_bo = browser(), browser()
    ada = sign_up(at_ada, "Ada", year=2011)
    _, shared = challenge_from(at_ada)
    at_bo.get(shared)
    bo = sign_up(at_bo, "Bo", year=2011)
    assert Referral.objects.get().referrer == ada
    _, back = challenge_from(at_bo)
    at_ada.get(back)  # logged in: a click by an old member is no referral
    at_ada.post("/accounts/logout/")
    at_ada.get(back)
    twin = sign_up(at_ada, "Twin", year=2010)
    assert [(one.referrer, one.referee) for one in Referral.objects.all()] == [(ada, bo)]
    assert not Credit.objects.exclude(referral__referee=bo).exists()
    row = Decision.objects.get(agent="attribution", actor_id=twin.pk)
    assert (row.outcome, row.rationale) == ("refuse", "circular_referral")


def test_a_chain_of_three_counts_generations() -> None:
    clients = [browser() for _ in range(4)]
    people = [sign_up(clients[0], "Ada", year=2011)]
    for (inviting, joining), name in zip(pairwise(clients), ("Bo", "Cy", "Dee"), strict=True):
        _, shared = challenge_from(inviting)
        joining.get(shared)
        people.append(sign_up(joining, name, year=2011))
    chain = Referral.objects.order_by("generation").values_list("referrer", "referee", "generation")
    assert list(chain) == [
        (people[0].pk, people[1].pk, 1),
        (people[1].pk, people[2].pk, 2),
        (people[2].pk, people[3].pk, 3),
    ]
    assert Credit.objects.all().unbalanced() == set()
    assert Credit.objects.count() == 3 * 5
