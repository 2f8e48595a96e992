"""A download equals its page, whatever was chosen."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from loops.core.rewards.grants import grant_reward
from monitoring.growth.queries import PAGES
from monitoring.growth.queries.cards import DashboardCard, DashboardTile, unfiltered_note
from monitoring.growth.queries.csv_export import PAGE_MEASURES, cohort_lines, count_lines
from monitoring.growth.rules.counting import day_of
from monitoring.growth.rules.filters import DashboardFilter
from monitoring.growth.services import rollup
from tests.monitoring.growth.factories import (
    brings,
    decided,
    log,
    member,
    practiced,
)
from tests.steps.csv_sheets import lines_of
from viral_engine import formatting as fmt

pytestmark = pytest.mark.django_db
BUDDY, PARENT = "buddy_challenge", "parent"
CHOICES = [
    DashboardFilter(),
    DashboardFilter(loop=BUDDY),
    DashboardFilter(persona=PARENT),
    DashboardFilter(loop=BUDDY, persona=PARENT),
]


def school(at: datetime) -> None:
    """Ada brings Eve by a challenge, Pat, a parent, Fay by a rally; Hal comes by himself. All is counted."""
    ada, pat = member("Ada", at - timedelta(days=30)), member("Pat", at - timedelta(days=30), role=PARENT)
    for owner, name, referee in ((ada, BUDDY, "Eve"), (pat, "results_rally", "Fay")):
        brings(owner, referee, name, at)
        log("prompt_dismissed", at, actor=owner, loop=name, prompt_id=1)
        log("abuse_report", at, actor=owner)
        practiced(owner, at)
        grant_reward(user=owner, kind="referral_xp", amount=50, reason="Test", key=f"{name}:1", loop=name, at=at)
    log("account_created", at, actor=member("Hal", at), role="student")
    decided(at, "orchestrator", BUDDY)
    decided(at, "trust_safety", "refuse", "hourly_cap")
    while rollup.count_events(at=at) + rollup.count_rewards(at=at) + rollup.count_decisions(at=at):
        continue


def summed(page: str, choice: DashboardFilter, at: datetime) -> Counter[str]:
    """The numbers of a sheet by measure."""
    found = Counter[str]()
    for _, measure, *_, amount in lines_of(count_lines(page, choice, day_of(at))):
        found[measure] += amount
    return found


def looked_at(page: str, choice: DashboardFilter, at: datetime) -> dict[str, DashboardCard]:
    return {card.slug: card for card in PAGES[page].cards(choice, at)}


def total(tile: DashboardTile) -> float:
    """Of a sparkline's days."""
    assert tile.spark is not None
    return sum(value or 0 for value in tile.spark.values)


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.key)
def test_a_sheet_holds_the_numbers_of_its_page(choice: DashboardFilter, at: datetime) -> None:
    school(at)
    overview, phase2, guardrails = (summed(page, choice, at) for page in ("overview", "phase2", "guardrails"))
    page = looked_at("overview", choice, at)
    _, active, shown, joined = page["headline"].tiles
    assert [total(tile) for tile in (active, shown, joined)] == [
        overview[name] for name in ("active", "loop_exposed", "joined")
    ]
    assert page["agents"].tiles[0].value == fmt.count(overview["agent_decided"])
    page = looked_at("phase2", choice, at)
    assert page["agents"].tiles[0].value == fmt.count(phase2["agent_decided"])
    assert [tile.value for tile in page["economy"].tiles] == [
        fmt.count(phase2["reward_lines"]),
        fmt.money(phase2["reward_cents"]),
    ]
    page = looked_at("guardrails", choice, at)
    assert (
        page["annoyance"]
        .tiles[0]
        .note.startswith(f"{guardrails['prompt_dismissed']} of {guardrails['loop_exposed']} offers")
    )
    assert page["complaints"].grids[0].rows[0][:2] == ("Abuse reports", fmt.count(guardrails["abuse_report"]))
    assert page["refused"].charts[0].table().rows == (("Hourly cap", fmt.count(guardrails["refused"])),)
    sign_ups = summed("attribution", choice, at)["signup_attributed"]
    assert looked_at("attribution", choice, at)["last-touch"].tiles[0].value == fmt.count(sign_ups)


def test_a_filter_divides_what_it_can(at: datetime) -> None:
    """Four active or joined people, two loops; rewards know no persona, complaints no loop, agents neither."""
    school(at)
    found = {choice.key: summed("overview", choice, at) for choice in CHOICES}
    assert [
        [one[name] for name in ("active", "joined", "loop_exposed", "agent_decided")] for one in found.values()
    ] == [
        [2, 3, 2, 2],
        [2, 3, 1, 2],
        [1, 0, 1, 2],
        [1, 0, 0, 2],
    ]
    assert [summed("phase2", choice, at)["reward_lines"] for choice in CHOICES] == [2, 1, 2, 1]
    assert [summed("guardrails", choice, at)["abuse_report"] for choice in CHOICES] == [2, 2, 1, 1]


def test_a_page_says_where_a_filter_does_nothing(at: datetime) -> None:
    school(at)
    for choice, agents, rewards, complaints in (
        (CHOICES[0], "", "", ""),
        (CHOICES[1], "Agents: all loops, whatever the filter.", "", "Complaints: all loops, whatever the filter."),
        (
            CHOICES[3],
            "Agents: all loops and people, whatever the filter.",
            "Rewards: all people, whatever the filter.",
            "Complaints: all loops, whatever the filter.",
        ),
    ):
        page = looked_at("phase2", choice, at)
        assert [page[slug].lead for slug in ("agents", "economy", "spend")] == [agents, rewards, rewards]
        page = looked_at("overview", choice, at)
        assert {page[slug].lead for slug in ("performance", "trust-safety", "agents")} == {agents}
        page = looked_at("guardrails", choice, at)
        assert [page[slug].lead for slug in ("complaints", "reward-spend")] == [complaints, rewards]
    assert unfiltered_note(CHOICES[3], "loop_exposed", "Offers") == ""


def test_complaints_of_all_loops_have_no_rate_for_the_offers_of_one(at: datetime) -> None:
    school(at)
    cells = [looked_at("guardrails", choice, at)["complaints"].grids[0].rows[0][2] for choice in CHOICES[:2]]
    assert cells == ["1000.0", "n/a"]


def test_cohorts_are_those_that_were_chosen(at: datetime) -> None:
    school(at)
    for choice, loops in ((CHOICES[0], ["all loops", "all loops", BUDDY, "results_rally"]), (CHOICES[1], [BUDDY])):
        latest = DashboardFilter(choice.days, choice.loop, choice.persona, "latest")
        assert sorted(line[1] for line in lines_of(cohort_lines(latest, day_of(at)))) == loops


def test_every_dashboard_has_its_sheet() -> None:
    assert {*PAGE_MEASURES, "k-factor"} == PAGES.keys()
