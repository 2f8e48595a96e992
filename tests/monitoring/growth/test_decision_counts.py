"""Agents as the dashboards count them: how many decisions, how fast, how often from defaults, what was refused."""

from datetime import datetime, timedelta

import pytest

from loops.models.entry import Entry
from monitoring.growth.services import corrections, rollup
from tests.monitoring.growth.dashboards import card, grid
from tests.monitoring.growth.factories import decided, exposed, log, loop, member, practiced
from viral_engine.safety.rules import outcome_for

pytestmark = pytest.mark.django_db


def test_every_word_for_no_is_a_refused_action(at: datetime) -> None:
    """Five refusals of four words, by reason; what was allowed, undone, not answered or not best is none of them."""
    ada, sim = member("Ada", at), member("Sim", at, is_simulated=True)
    for agent, outcome, reason in (
        ("trust_safety", "refuse", "hourly_cap"),
        ("attribution", "refuse", "self_referral"),
        ("incentives", Entry.Outcome.REFUSED, "self_referral"),
        ("trust_safety", outcome_for(0.8), "same_device"),
        ("trust_safety", outcome_for(0.6), "disposable_email"),
        ("trust_safety", "allow", "No objection."),
        ("trust_safety", outcome_for(0.4), "crowded_ip"),
        ("trust_safety", outcome_for(0.2), "crowded_ip"),
        ("incentives", "rewarded", "The promised rewards were paid."),
        ("incentives", "revoke", "Reported"),
        ("incentives", "release", "Was held"),
        ("attribution", "attribute", "Last touch"),
        ("orchestrator", "buddy_challenge", "The best"),
        ("orchestrator", "none", "No loop"),
        ("orchestrator", "failed", "It could not answer"),
    ):
        decided(at, agent, outcome, reason, actor_id=ada.pk)
    decided(at, "trust_safety", "refuse", "daily_cap", actor_id=sim.pk)
    corrections.exclude_people(at=at)
    assert rollup.count_decisions(at=at) == 16
    assert card("phase2", "agents", at).tiles[0].value == "15"  # all but the one about a simulated person
    [chart] = card("guardrails", "refused", at).charts
    assert chart.table().rows == (
        ("Self referral", "2"),
        ("Same device", "1"),
        ("Hourly cap", "1"),
        ("Disposable email", "1"),
    )


def test_agents_are_told_with_their_latencies_and_what_defaults_served(at: datetime) -> None:
    """Of four decisions one from defaults: 25%. Three took 10 ms, one 200: read from buckets, within 10%."""
    for latency_ms, is_degraded in ((10, False), (10, False), (10, False), (200, True)):
        decided(at, "orchestrator", "none", latency_ms=latency_ms, is_degraded=is_degraded)
    decided(at, "trust_safety", "allow", latency_ms=0.5)
    rollup.count_decisions(at=at)
    idle = ("Not checked yet", "0", "0", "n/a", "n/a", "n/a")
    assert grid("phase2", "agents", at).rows == (
        ("Orchestrator", "Not checked yet", "4", "1", "25%", "10 ms", "197 ms"),
        ("Trust & Safety", "Not checked yet", "1", "0", "0%", "0.5 ms", "0.5 ms"),
        ("Incentives & Economy", *idle),
        ("Attribution", *idle),
        ("Personalization", *idle),
        ("Experimentation", *idle),
        ("Social Presence", *idle),
        ("Tutor Advocacy", *idle),
        ("Session Intelligence", *idle),
    )
    found = card("phase2", "agents", at)
    assert [(tile.value, tile.note) for tile in found.tiles] == [("5", "in 7 days"), ("20%", "1 of 5")]
    assert found.charts[0].table().rows == (("Orchestrator", "4"), ("Trust & Safety", "1"))


def test_the_overview_tells_how_agents_do_and_what_they_refused(at: datetime) -> None:
    for latency_ms in (10, 10, 10, 200):
        decided(at, "orchestrator", "none", latency_ms=latency_ms)
    for outcome, reason in (("allow", ""), ("refuse", "hourly_cap"), ("hold", "hourly_cap"), ("block", "same_device")):
        decided(at, "trust_safety", outcome, reason)
    rollup.count_decisions(at=at)
    tiles = {
        slug: [(tile.label, tile.value) for tile in card("overview", slug, at).tiles]
        for slug in ("performance", "trust-safety", "agents")
    }
    assert tiles == {
        "performance": [
            ("Average latency", "n/a"),
            ("Half of decisions", "10 ms"),
            ("95%", "197 ms"),
            ("Error rate", "n/a"),
        ],
        "trust-safety": [
            ("Actions checked", "4"),
            ("Refused or held", "3"),
            ("Fraud rate", "n/a"),
            ("Blocked today", "3"),
            ("Reports today", "0"),
        ],
        "agents": [("Decisions", "8"), ("Degraded", "0%")],
    }
    assert card("overview", "trust-safety", at).tiles[1].note == "most often: hourly cap"


def test_the_live_stream_tells_what_happened_and_of_nobody(at: datetime) -> None:
    ada, sim = member("Ada", at), member("Sim", at, is_simulated=True)
    loop("buddy_challenge")
    corrections.exclude_people(at=at)
    assert grid("overview", "stream", at).empty == "Nothing has happened yet."
    for n in range(12):
        exposed(ada, at + timedelta(seconds=n))
    log("account_created", at + timedelta(minutes=1), actor=ada)
    practiced(ada, at + timedelta(minutes=2))
    exposed(sim, at + timedelta(minutes=3))
    rows = grid("overview", "stream", at).rows
    assert rows[:2] == (("A person signed up", "", "15:01:00"), ("A loop was shown", "Buddy Challenge", "15:00:11"))
    assert len(rows) == 10
