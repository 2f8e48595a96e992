import pytest

from loops import rules


@pytest.mark.parametrize(("sessions", "level"), [(0, "low"), (1, "low"), (2, "medium"), (4, "medium"), (5, "high")])
def test_engagement_by_sessions_of_the_week(sessions: int, level: str) -> None:
    assert rules.engagement(sessions) == level


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
    found = rules.loop_score(expected_k=0.35, engagement=engagement, is_milestone=milestone, hours_since_last=hours)
    assert found == pytest.approx(score)


ROBOTS = [
    "WhatsApp/2.23.20.0",
    "facebookexternalhit/1.1",
    "Mozilla/5.0 (compatible; Googlebot/2.1)",
    "Slackbot-LinkExpanding 1.0",
    "TelegramBot (like TwitterBot)",
    "Twitterbot/1.0",
    "Discordbot/2.0",
    "curl/8.1",
    "python-requests/2.31",
    "",
]
PEOPLE = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 13; CUBOT P60) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
]


@pytest.mark.parametrize("agent", ROBOTS)
def test_previews_and_bots_are_recognized(agent: str) -> None:
    assert rules.is_robot(method="GET", user_agent=agent, purposes=()) is True


@pytest.mark.parametrize("agent", PEOPLE)
def test_browsers_count_unless_they_prefetch(agent: str) -> None:
    assert rules.is_robot(method="GET", user_agent=agent, purposes=("", "")) is False
    assert rules.is_robot(method="HEAD", user_agent=agent, purposes=()) is True
    assert rules.is_robot(method="GET", user_agent=agent, purposes=("prefetch;prerender",)) is True


@pytest.mark.parametrize(
    ("score", "target", "earned"), [(72, 80, True), (71, 80, False), (100, 80, True), (54, 60, True)]
)
def test_ninety_percent_of_the_score_earns_the_shields(score: int, target: int, earned: bool) -> None:
    assert rules.earns_shields(score=score, score_to_beat=target) is earned
