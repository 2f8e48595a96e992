"""The cards of the requirement's final dashboard, and the status of every agent on both pages of agents."""

from datetime import datetime, timedelta

import pytest

from monitoring.growth.rules.filters import DashboardFilter
from monitoring.growth.services import rollup
from monitoring.models import HealthCheck
from monitoring.services import run_health_check
from tests.monitoring.growth.dashboards import card, grid
from tests.monitoring.growth.factories import decided, log, member
from viral_engine.kernel.agent_registry import AGENTS

pytestmark = pytest.mark.django_db


def tiles(slug: str, at: datetime, choice: DashboardFilter | None = None) -> dict[str, tuple[str, str]]:
    return {tile.label: (tile.value, tile.note) for tile in card("overview", slug, at, choice).tiles}


def test_each_page_lists_every_agent_with_its_status(at: datetime) -> None:
    titles = [agent.title for agent in AGENTS.values()]
    for page in ("overview", "phase2"):
        rows = grid(page, "agents", at).rows
        assert [row[:2] for row in rows] == [(title, "Not checked yet") for title in titles]
    run_health_check(at=at)
    for page in ("overview", "phase2"):
        assert [row[:2] for row in grid(page, "agents", at).rows] == [(title, "Healthy, idle") for title in titles]


def test_the_last_checks_tell_who_is_online_how_fast_and_how_many_errors(at: datetime) -> None:
    assert tiles("performance", at)["Average latency"] == ("n/a", "no health check in the last minutes")
    for number in range(2):
        then = at - timedelta(seconds=30 * (1 - number))
        HealthCheck.objects.create(slot=then, at=then, people=7, latency_avg_ms=41.5, requests=50, errors=number)
    found = tiles("performance", at)
    assert found["Average latency"] == ("42 ms", "over 1 minute, up to 15:00 UTC")
    assert found["Error rate"] == ("1.0%", "of 100 requests over 1 minute, up to 15:00 UTC")
    assert "7 learners online now" in tiles("headline", at)["Active today"][1]
    later = at + timedelta(minutes=2)
    assert tiles("performance", later)["Error rate"][0] == "n/a"


def test_sign_ups_fraud_blocks_and_reports_are_counted(at: datetime) -> None:
    people = [member(name, at) for name in ("Ada", "Bo", "Cy", "Dee")]
    for ago, one in enumerate(people):
        log("account_created", at - timedelta(days=ago % 2), actor=one)
    log("abuse_report", at, actor=people[0])
    log("abuse_report", at - timedelta(days=1), actor=people[0])
    decided(at - timedelta(days=1), "trust_safety", "block", "same_device, crowded_ip")
    decided(at, "trust_safety", "refuse", "hourly_cap")
    rollup.count_decisions(at=at)
    rollup.count_events(at=at)
    headline, safety = tiles("headline", at)["Sign-ups today"], tiles("trust-safety", at)
    assert (headline[0], headline[1].split(",")[0]) == ("2", "4 in 7 days")
    assert safety["Fraud rate"] == ("25%", "1 of 4 sign-ups held or blocked")
    assert (safety["Blocked today"][0], safety["Reports today"][0]) == ("1", "1")
    of_students = DashboardFilter(days=7, persona="student")
    assert tiles("trust-safety", at, of_students)["Fraud rate"][0] == "n/a"
