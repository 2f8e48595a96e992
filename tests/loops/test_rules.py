import pytest

from loops.rules import scoring
from loops.rules.scoring import loop_score
from loops.rules.shields import earns_shields


@pytest.mark.parametrize(("sessions", "level"), [(0, "low"), (1, "low"), (2, "medium"), (4, "medium"), (5, "high")])
def test_engagement_by_sessions_of_the_week(sessions: int, level: str) -> None:
    assert scoring.engagement(sessions) == level


@pytest.mark.parametrize(
    ("engagement", "milestone", "hours", "score"),
    [
        ("low", False, None, 0.35),
        ("high", False, None, 0.50),
        ("high", True, None, 0.70),
        ("low", False, 0.0, 0.05),
        ("low", False, 7.2, 0.20),
        ("low", False, 48.0, 0.35),
    ],
)
def test_loop_score_follows_the_formula(engagement: str, milestone: bool, hours: float | None, score: float) -> None:
    found = loop_score(expected_k=0.35, engagement=engagement, is_milestone=milestone, hours_since_last=hours)
    assert found == pytest.approx(score)


@pytest.mark.parametrize(
    ("score", "target", "earned"), [(72, 80, True), (71, 80, False), (100, 80, True), (54, 60, True)]
)
def test_ninety_percent_of_the_score_earns_the_shields(score: int, target: int, earned: bool) -> None:
    assert earns_shields(score=score, score_to_beat=target) is earned
