import pytest

from monitoring.health.rules import DecisionStats, ProbeResult, freshness, highest, judge, mean
from monitoring.rules import AgentHealth

ANSWERS = ProbeResult(3.0)


def test_an_agent_nobody_asks_is_healthy() -> None:
    assert judge(DecisionStats(), ANSWERS, 150) == AgentHealth("idle")


def test_an_agent_that_misses_its_probe_fails_however_well_it_decided() -> None:
    verdict = judge(DecisionStats(100, 0, 5.0), ProbeResult(None, "OperationalError"), 150)
    assert verdict == AgentHealth("failing", "It does not answer its probe: OperationalError.")


@pytest.mark.parametrize(
    ("decisions", "degraded", "state"),
    [(5, 1, "ok"), (5, 2, "failing"), (4, 4, "ok"), (100, 20, "ok"), (100, 21, "failing")],
)
def test_an_agent_fails_when_more_than_a_fifth_of_enough_decisions_are_degraded(
    decisions: int, degraded: int, state: str
) -> None:
    assert judge(DecisionStats(decisions, degraded, 5.0), ANSWERS, 150).state == state


def test_an_agent_over_its_budget_is_slow() -> None:
    slow = AgentHealth("slow", "151 ms on average; its budget is 150 ms.")
    assert judge(DecisionStats(5, 0, 151.0, 5), ANSWERS, 150) == slow
    assert judge(DecisionStats(5, 0, 150.0, 5), ANSWERS, 150).state == "ok"
    assert judge(DecisionStats(4, 0, 999.0, 4), ANSWERS, 150).state == "ok"
    assert judge(DecisionStats(100, 0, 999.0, 4), ANSWERS, 150).state == "ok"  # a few of many were timed
    assert judge(DecisionStats(), ProbeResult(151.0), 150).state == "idle"  # a probe is no decision
    assert judge(DecisionStats(5, 5, 999.0, 5), ANSWERS, 150).state == "failing"


def test_freshness_is_told_by_age() -> None:
    ages: list[float | None] = [None, 0, -60, -61, 90, 91]
    assert [freshness(age) for age in ages] == ["none", "fresh", "fresh", "ahead", "fresh", "late"]


def test_means_and_peaks_leave_out_the_unknown() -> None:
    assert mean([1.0, None, 3.0]) == 2.0
    assert mean([None]) is None
    assert highest([1, None, 3]) == 3
    assert highest([]) is None
