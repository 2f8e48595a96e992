"""Dashboards: simulated people are in no number, and no share is over 100%."""

import re
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.growth.services import corrections, rollup
from monitoring.models import GrowthCount
from tests.monitoring.growth.dashboards import card
from tests.monitoring.growth.factories import decided, exposed, invited, loop, member
from viral_engine.accounts.models import User
from viral_engine.charts import Funnel, FunnelStep
from viral_engine.formatting import share

AGENTS = ("agent_decided", "agent_degraded", "agent_latency", "refused")


@pytest.mark.django_db
@pytest.mark.parametrize("is_known_first", [True, False], ids=["excluded before counting", "excluded after counting"])
def test_decisions_about_simulated_people_are_in_no_number(at: datetime, *, is_known_first: bool) -> None:
    ada, sim = member("Ada", at), member("Sim", at)
    decided(at, "trust_safety", "refuse", "hourly_cap", actor_id=ada.pk)
    for _ in range(5):
        decided(at, "trust_safety", "refuse", "hourly_cap", actor_id=sim.pk, is_degraded=True)
    decided(at, "orchestrator", "none")  # about nobody in particular
    User.objects.filter(pk=sim.pk).update(is_simulated=True)
    for act in (corrections.exclude_people, rollup.count_decisions)[:: 1 if is_known_first else -1]:
        act(at=at)
    sums = {name: sum(GrowthCount.objects.filter(measure=name).values_list("amount", flat=True)) for name in AGENTS}
    assert sums == {"agent_decided": 2, "agent_degraded": 0, "agent_latency": 2, "refused": 1}
    tiles = [(tile.label, tile.value) for tile in card("overview", "trust-safety", at).tiles]
    assert tiles[:2] == [("Actions checked", "1"), ("Refused or held", "1")]


@pytest.mark.django_db
def test_six_invites_from_one_offer_are_a_ratio(at: datetime) -> None:
    ada = member("Ada", at)
    loop("buddy_challenge")
    exposed(ada, at)
    for second in range(6):
        invited(ada, at + timedelta(seconds=second))
    rollup.count_events(at=at + timedelta(minutes=1))
    [chart] = card("k-factor", "funnel", at).charts
    assert isinstance(chart, Funnel)
    text = re.sub(r"<[^>]+>", " ", chart.svg())
    assert "6.00 for each one before" in text
    assert "%" not in text
    assert chart.table().rows[1] == ("Invites sent", "6", "6.00", "6.00")


def test_a_funnel_of_the_same_people_keeps_its_shares() -> None:
    chart = Funnel("Practice", (FunnelStep("Started", 8), FunnelStep("Finished", 2), FunnelStep("Shared", 1)))
    assert chart.table().head[2:] == ("Of the previous step", "Of the first step")
    assert chart.table().rows[2] == ("Shared", "1", "50%", "12%")


counts = st.none() | st.integers(0, 10**6) | st.floats(0, 1e9, allow_nan=False)


@given(st.lists(st.tuples(counts, st.booleans()), min_size=1, max_size=5))
def test_no_funnel_reads_more_than_all(steps: list[tuple[float | None, bool]]) -> None:
    chart = Funnel("Any", tuple(FunnelStep("Step", count, is_part=is_part) for count, is_part in steps))
    read = chart.svg() + " ".join(cell for row in chart.table().rows for cell in row[2:])
    assert [part for part in re.findall(r"([\d,.]+)%", read) if float(part.replace(",", "")) > 100] == []


@given(st.floats(0, 1e12), st.floats(0, 1e12))
def test_no_share_is_more_than_the_whole(part: float, whole: float) -> None:
    text = share(part, whole)
    assert text == "n/a" or text.endswith(" to 1") or float(text.rstrip("%")) <= 100
