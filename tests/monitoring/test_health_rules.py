import pytest

from monitoring.health.rules import DecisionStats, ProbeResult, descriptors_share, freshness, highest, judge, mean
from monitoring.rules import AgentHealth

ANSWERS = ProbeResult(3.0)


def test_an_agent_nobody_asks_is_healthy() -> None:
    assert judge(DecisionStats(), ANSWERS, 150) == AgentHealth("idle")


def test_an_agent_that_misses_its_probe_fails_however_well_it_decided() -> None:
    verdict = judge(DecisionStats(100, 0, 5.0), ProbeResult(None, "OperationalError"), 150)
    assert verdict == AgentHealth("failing", "It does not answer its probe: OperationalError.")


@pytest.mark.parametrize(
    ("decisions", "degraded", "state"),
    [(20, 4, "ok"), (20, 5, "failing"), (11, 5, "ok"), (19, 19, "ok"), (100, 20, "ok"), (100, 21, "failing")],
)
def test_an_agent_fails_when_more_than_a_fifth_of_enough_decisions_are_degraded(
    decisions: int, degraded: int, state: str
) -> None:
    lasting = DecisionStats(decisions, degraded, 5.0, degraded_s=60.0)
    burst = DecisionStats(decisions, degraded, 5.0, degraded_s=59.0)
    assert judge(lasting, ANSWERS, 150).state == state
    assert judge(burst, ANSWERS, 150).state == "ok"


def test_an_agent_over_its_budget_is_slow() -> None:
    slow = AgentHealth("slow", "151 ms on average; its budget is 150 ms.")
    assert judge(DecisionStats(20, 0, 151.0, 20), ANSWERS, 150) == slow
    assert judge(DecisionStats(20, 0, 150.0, 20), ANSWERS, 150).state == "ok"
    assert judge(DecisionStats(19, 0, 999.0, 19), ANSWERS, 150).state == "ok"
    assert judge(DecisionStats(100, 0, 999.0, 19), ANSWERS, 150).state == "ok"  # a few of many were timed
    assert judge(DecisionStats(), ProbeResult(151.0), 150).state == "idle"  # a probe is no decision
    assert judge(DecisionStats(20, 20, 999.0, 20, 60.0), ANSWERS, 150).state == "failing"


def test_freshness_is_told_by_age() -> None:
    ages: list[float | None] = [None, 0, -60, -61, 90, 91]
    assert [freshness(age) for age in ages] == ["none", "fresh", "fresh", "ahead", "fresh", "late"]


def test_means_and_peaks_leave_out_the_unknown() -> None:
    assert mean([1.0, None, 3.0]) == 2.0
    assert mean([None]) is None
    assert highest([1, None, 3]) == 3
    assert highest([]) is None


def test_descriptors_are_a_share_of_the_soft_limit() -> None:
    limits = "Limit                     Soft Limit           Hard Limit           Units\n"
    assert (
        descriptors_share(820, limits + "Max open files            1024                 4096                 files\n")
        == 820 / 1024
    )
    assert (
        descriptors_share(820, limits + "Max open files            unlimited            unlimited            files\n")
        is None
    )
    assert descriptors_share(820, "") is None
