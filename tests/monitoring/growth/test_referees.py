"""Referees of the loops: rewards, attempts and retention on the K page."""

from datetime import datetime, timedelta

import pytest

from loops.core.rewards.grants import grant_reward
from monitoring.growth.queries import PAGES
from monitoring.growth.queries.cards import DashboardCard
from monitoring.growth.rules.filters import DashboardFilter
from monitoring.growth.services import rollup
from monitoring.models import LifetimeValue
from tests.monitoring.growth.factories import (
    brings,
    clicked,
    exposed,
    first_value,
    guest_id,
    invited,
    link_of,
    log,
    loop,
    member,
    practiced,
)
from viral_engine.accounts.models import User
from viral_engine.charts import Histogram

pytestmark = pytest.mark.django_db
BUDDY, RALLY, PARENT = "buddy_challenge", "results_rally", "proud_parent"
DAY = timedelta(days=1)


def counted(at: datetime) -> None:
    while rollup.count_events(at=at) + rollup.count_rewards(at=at):
        continue


def looked_at(choice: DashboardFilter, at: datetime) -> dict[str, DashboardCard]:
    return {card.slug: card for card in PAGES["k-factor"].cards(choice, at)}


def steps(card: DashboardCard) -> list[tuple[str, ...]]:
    [funnel] = card.charts
    return [row[:2] for row in funnel.table().rows]


# -- Rewards -------------------------------------------------------------------------------------------------
def paid_school(at: datetime) -> None:
    """Ada brings Eve by a challenge, Pat, a parent, Fay by a recap: 30 minutes for each, at 120 cents. Then Ada is
    granted 30 minutes more and practices a lot, for no loop."""
    for name, role, referee, by in (("Ada", "student", "Eve", BUDDY), ("Pat", "parent", "Fay", PARENT)):
        owner = member(name, at - 9 * DAY, role=role)
        brings(owner, referee, by, at)
        granted(owner, f"{by}:1", by, at)
    ada = User.objects.get(username="ada")
    granted(ada, "shop:1", "", at)
    for number in range(3):
        grant_reward(user=ada, kind="points", amount=10, reason="Practice", key=f"practice:{number}", at=at)
    LifetimeValue.objects.create(persona="student", organic_cents=100, referred_cents=250, source="Finance")
    counted(at)


def granted(owner: User, key: str, name: str, at: datetime) -> None:
    if name:
        loop(name)
    grant_reward(user=owner, kind="ai_tutor_minutes", amount=30, reason="Test", key=key, loop=name, at=at)


def test_practice_and_the_shop_are_no_step_of_a_funnel(at: datetime) -> None:
    paid_school(at)
    found = steps(looked_at(DashboardFilter(), at)["funnel"])
    assert found == [
        ("Shown a loop", "2"),
        ("Invites sent", "2"),
        ("Links opened", "2"),
        ("Guests who started", "2"),
        ("First value reached", "2"),
        ("Signed up", "2"),
        ("Rewards granted", "2"),
    ]


def test_a_persona_leaves_rewards_and_their_cost_whole_and_says_so(at: datetime) -> None:
    """A referee costs 120 cents in every view; two students came, each worth 150 more: 2 x (150 - 120)."""
    paid_school(at)
    for persona, step, funnel, worth in (
        ("", "Rewards granted", "One offer may lead to several invites.", ""),
        (
            "student",
            "Rewards granted to all",
            "Rewards: all people, whatever the filter.",
            "Rewards and referees: all people, whatever the filter.",
        ),
    ):
        found = looked_at(DashboardFilter(persona=persona), at)
        assert steps(found["funnel"])[-1] == (step, "2")
        assert found["funnel"].lead.strip().endswith(funnel)
        [tile] = found["worth"].tiles
        assert (tile.value, tile.note) == ("$1.20", "$2.40 for 2 referees")
        assert found["worth"].lead == worth
        [row] = found["worth"].grids[0].rows
        assert row == ("Student", "$1.00", "$2.50", "$1.50", "2", "$0.60", "Finance")


def test_a_loop_pays_for_its_own_referees(at: datetime) -> None:
    paid_school(at)
    found = looked_at(DashboardFilter(loop=BUDDY), at)
    assert steps(found["funnel"])[-1] == ("Rewards granted", "1")
    assert found["worth"].tiles[0].note == "$1.20 for 1 referees"
    assert found["worth"].grids[0].rows[0][4:6] == ("1", "$0.30")


# -- Results pages -------------------------------------------------------------------------------------------
def test_results_pages_are_of_every_kind_of_attempt_and_of_the_loops_they_offer(at: datetime) -> None:
    """Three members' rounds of three kinds and a guest's; four loops are offered, two of them elsewhere."""
    ada = member("Ada", at - DAY)
    for kind in ("practice_completed", "practice_test_completed", "diagnostic_completed"):
        log(kind, at, actor=ada, score=80)
    log("diagnostic_completed", at, guest_id=guest_id(), score=80)
    for name in (BUDDY, RALLY, PARENT, "tutor_spotlight"):
        loop(name)
        exposed(ada, at, name)
        invited(ada, at, name)
        log("prompt_dismissed", at, actor=ada, loop=name, prompt_id=1)
    counted(at)
    found = looked_at(DashboardFilter(), at)["results"]
    assert steps(found) == [("Finished attempts", "3"), ("Offers shown", "2"), ("Invites sent", "2")]
    assert found.lead.strip() == "100% of 2 offers were dismissed."
    found = looked_at(DashboardFilter(loop=RALLY), at)["results"]
    assert steps(found) == [("Finished attempts", "3"), ("Offers shown", "1"), ("Invites sent", "1")]
    assert found.lead == "100% of 1 offers were dismissed. Attempts: all loops, whatever the filter."
    assert looked_at(DashboardFilter(loop=PARENT), at)["results"].empty == "This loop is not offered on results pages."


# -- Retention -----------------------------------------------------------------------------------------------
def test_retention_of_a_loop_is_of_those_it_brought_beside_all_who_came_by_themselves(at: datetime) -> None:
    """Eve, whom a challenge brought, comes back a day later; Fay of a rally and Hal, who came alone, do not."""
    before = at - 3 * DAY
    ada = member("Ada", at - 9 * DAY)
    eve = brings(ada, "Eve", BUDDY, before)
    brings(ada, "Fay", RALLY, before)
    log("account_created", before, actor=member("Hal", before), role="student")
    practiced(eve, before + DAY)
    counted(at)
    for name, brought_back in (("", "50% (n 2)"), (BUDDY, "100% (n 1)"), (RALLY, "0% (n 1)"), (PARENT, "n/a (n 0)")):
        card = looked_at(DashboardFilter(loop=name), at)["retention"]
        assert [row[:2] for row in card.grids[0].rows] == [
            ("Through a link", brought_back),
            ("On their own", "0% (n 1)"),
        ]
        assert card.lead == ("On their own: all loops, whatever the filter." if name else "")


# -- Time to first value -------------------------------------------------------------------------------------
def test_waits_stand_on_the_edges_they_are_counted_by(at: datetime) -> None:
    """Two waited 5 s, one 5 min: 4.8 to 5.7 s, and 4.3 to 5.1 min, each a quarter of a doubling."""
    ada = member("Ada", at - DAY)
    link = link_of(ada, at=at)
    for seconds in (5, 5, 300):
        first_value(link, clicked(link, at), at + timedelta(seconds=seconds))
    counted(at)
    [chart] = looked_at(DashboardFilter(), at)["waits"].charts
    assert chart.table().rows == (("4.8 to 5.7 s", "2"), ("4.3 min to 5.1 min", "1"))
    assert isinstance(chart, Histogram)
    assert [text for _, text in chart.ticks] == ["1 s", "10 s", "1 min", "10 min"]
