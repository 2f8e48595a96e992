import pytest

from monitoring.health.rules import Answer, Verdict, Work, freshness, highest, judge, mean

ANSWERS = Answer(3.0)


def test_an_agent_nobody_asks_is_healthy() -> None:
    assert judge(Work(), ANSWERS, 150) == Verdict("idle")


def test_an_agent_that_misses_its_probe_fails_however_well_it_decided() -> None:
    verdict = judge(Work(100, 0, 5.0), Answer(None, "OperationalError"), 150)
    assert verdict == Verdict("failing", "It does not answer its probe: OperationalError.")


@pytest.mark.parametrize(
    ("decisions", "degraded", "state"),
    [(5, 1, "ok"), (5, 2, "failing"), (4, 4, "ok"), (100, 20, "ok"), (100, 21, "failing")],
)
def test_an_agent_fails_when_more_than_a_fifth_of_enough_decisions_are_degraded(
    decisions: int, degraded: int, state: str
) -> None:
    assert judge(Work(decisions, degraded, 5.0), ANSWERS, 150).state == state


def test_an_agent_over_its_budget_is_slow() -> None:
    assert judge(Work(5, 0, 151.0, 5), ANSWERS, 150) == Verdict("slow", "151 ms on average; it may take 150 ms.")
    assert judge(Work(5, 0, 150.0, 5), ANSWERS, 150).state == "ok"
    assert judge(Work(4, 0, 999.0, 4), ANSWERS, 150).state == "ok"
    assert judge(Work(100, 0, 999.0, 4), ANSWERS, 150).state == "ok"  # a few of many were timed
    assert judge(Work(), Answer(151.0), 150).state == "idle"  # a probe is no decision
    assert judge(Work(5, 5, 999.0, 5), ANSWERS, 150).state == "failing"


def test_freshness_is_told_by_age() -> None:
    ages: list[float | None] = [None, 0, -60, -61, 90, 91]
    assert [freshness(age) for age in ages] == ["none", "fresh", "fresh", "ahead", "fresh", "late"]


def test_means_and_peaks_leave_out_the_unknown() -> None:
    assert mean([1.0, None, 3.0]) == 2.0
    assert mean([None]) is None
    assert highest([1, None, 3]) == 3
    assert highest([]) is None
