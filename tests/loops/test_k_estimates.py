from datetime import datetime, timedelta

import pytest

from loops.core.k_estimates import learn_k
from loops.core.links import create_link
from loops.models import Link, Loop, Prompt, Referral, Touch
from loops.rules.scoring import learned_k
from tests.factories import counting, person, statements
from viral_engine.accounts.models import Guest, User
from viral_engine.kernel.services import announce
from viral_engine.learning.events import FvmReached

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def loop(catalogue: None) -> Loop:
    return Loop.objects.get(name="buddy_challenge")


def exposed(user: User, at: datetime, *, ordinal: int = 1, friends: int = 0) -> None:
    """Show a prompt and let this many friends reach first value through its link."""
    link = create_link(loop_name="buddy_challenge", referrer=user, at=at)
    Prompt.objects.create(
        user=user, loop_id="buddy_challenge", link=link, offered_at=at, offered_on=at, ordinal=ordinal, shown_at=at
    )
    for number in range(friends):
        reached = FvmReached(link_code=link.code, attempt_id="", person_id=f"{link.code}-{number}")
        announce(reached, at=at + DAY, key=f"fvm:{link.code}-{number}")


def test_the_estimate_shrinks_towards_the_configured_k() -> None:
    assert learned_k(configured=0.35, exposed=0, joined=0) == 0.35
    assert learned_k(configured=0.35, exposed=200, joined=0) == 0.175
    assert learned_k(configured=0.35, exposed=1_000_000, joined=500_000) == pytest.approx(0.5, abs=1e-3)


def test_a_loop_learns_k_from_its_referrals(at: datetime, loop: Loop) -> None:
    ada, bo = person("Ada", at=at), person("Bo", at=at)
    exposed(ada, at - 20 * DAY, friends=3)
    exposed(ada, at - 19 * DAY, friends=1)
    exposed(bo, at - 20 * DAY)
    assert learn_k(at=at) == 7
    loop.refresh_from_db()
    assert loop.learned == {"student": {"exposed": 2, "joined": 4, "k": pytest.approx((200 * 0.35 + 4) / 202)}}
    assert loop.k_for("student") == pytest.approx(74 / 202)
    assert loop.k_for("parent") == 0.35


def test_fresh_old_simulated_and_invalid_data_is_left_out(at: datetime, loop: Loop) -> None:
    ada = person("Ada", at=at)
    exposed(ada, at - 13 * DAY, friends=1)
    exposed(ada, at - 91 * DAY, friends=1)
    exposed(person("Bo", at=at, is_simulated=True), at - 20 * DAY, friends=1)
    exposed(person("Cy", at=at, is_staff=True), at - 20 * DAY, friends=1)
    learn_k(at=at)
    loop.refresh_from_db()
    assert loop.learned == {}


def test_k_is_that_of_the_dashboards(at: datetime, loop: Loop) -> None:
    """Of six friends one comes after 14 days, one turns out to be a member, one is a second account: three count."""
    ada, bo = person("Ada", at=at), person("Bo", at=at)
    exposed(ada, at - 40 * DAY, friends=1)
    exposed(ada, at - 20 * DAY, ordinal=2, friends=1)
    link = Link.objects.filter(referrer=ada).earliest("created_at")
    guests = [Guest.objects.create(created_at=at, link_code=link.code) for _ in range(4)]
    for guest in guests:
        reached = FvmReached(guest_id=str(guest.pk), link_code=link.code, attempt_id="", person_id=str(guest.pk))
        announce(reached, at=at - 30 * DAY, key=f"fvm:{guest.pk}")
    member, twin = person("Cy", at=at), person("Dee", at=at, person_id=guests[1].pk)
    new = person("Eve", at=at, person_id=guests[2].pk)
    for guest, user in zip(guests, (member, twin, new), strict=False):
        Guest.objects.filter(pk=guest.pk).update(user=user)
    touch = Touch.objects.create(link=link, visitor=str(new.person_id), clicked_at=at, clicked_on=at.date())
    Referral.objects.create(referee=new, referrer=ada, link=link, touch=touch, attributed_at=at)
    exposed(bo, at - 20 * DAY)
    learn_k(at=at)
    loop.refresh_from_db()
    assert (loop.learned["student"]["exposed"], loop.learned["student"]["joined"]) == (2, 3)


def test_learning_costs_the_same_at_any_size(at: datetime) -> None:
    ada = person("Ada", at=at)
    counts = []
    for friends in (1, 10):
        exposed(ada, at - 20 * DAY, ordinal=friends, friends=friends)
        with counting() as captured:
            learn_k(at=at)
        counts.append(len(statements(captured)))
    assert counts == [4, 4]
