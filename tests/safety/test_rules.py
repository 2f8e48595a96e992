import pytest
from hypothesis import given
from hypothesis import strategies as st

from viral_engine.safety import rules
from viral_engine.safety.rules import Usage


@pytest.mark.parametrize(
    ("action", "day", "hour", "reason"),
    [
        ("send_invite", 9, 9, None),
        ("send_invite", 10, 0, "daily_cap"),
        ("trigger_loop", 19, 9, None),
        ("trigger_loop", 20, 0, "daily_cap"),
        ("create_challenge", 5, 0, "daily_cap"),
        ("share_progress", 15, 0, "daily_cap"),
        ("trigger_loop", 10, 10, "hourly_cap"),
    ],
)
def test_caps_are_those_of_the_contract(action: str, day: int, hour: int, reason: str | None) -> None:
    assert rules.over_cap(action, Usage(last_day=day, last_hour=hour)) == reason


@pytest.mark.parametrize("action", ["social_sharing", "public_leaderboard", "invite_minor", "chat", "trigger_loop"])
def test_a_child_needs_consent_for_everything_social(action: str) -> None:
    assert rules.compliance(action, age=12, consents=()) == "coppa_no_consent"
    assert rules.compliance(action, age=None, consents=()) == "coppa_no_consent"
    by_mail = rules.compliance(action, age=12, consents=("coppa",))
    assert by_mail == ("coppa_no_consent" if action in rules.PUBLISHING_ACTIONS else None)
    assert rules.compliance(action, age=12, consents=("coppa", "disclosure")) is None
    assert rules.compliance(action, age=13, consents=()) is None


@pytest.mark.parametrize(
    ("age", "consents", "is_record", "reason"),
    [
        (15, (), True, "ferpa_violation"),
        (15, ("ferpa",), True, None),
        (15, (), False, None),
        (18, (), True, None),
        (10, ("coppa",), True, "ferpa_violation"),
    ],
)
def test_a_minors_school_record_stays_private(
    age: int, consents: tuple[str, ...], is_record: bool, reason: str | None
) -> None:
    assert rules.compliance("share_progress", age=age, consents=consents, is_educational_record=is_record) == reason


def test_many_small_signals_can_block() -> None:
    assert rules.combined_risk([]) == 0
    assert rules.combined_risk([0.5, 0.5]) == 0.75
    assert rules.outcome_for(rules.combined_risk([0.4, 0.4, 0.5])) == "block"


@given(st.lists(st.floats(0, 1), max_size=8), st.floats(0, 1))
def test_one_more_signal_never_lowers_the_risk(weights: list[float], more: float) -> None:
    assert 0 <= rules.combined_risk(weights) <= rules.combined_risk([*weights, more]) + 1e-12 <= 1 + 1e-9


@pytest.mark.parametrize(
    ("risk", "verdict"), [(0.19, "allow"), (0.2, "watch"), (0.4, "queue"), (0.6, "hold"), (0.8, "block")]
)
def test_verdicts_begin_at_their_floors(risk: float, verdict: str) -> None:
    assert rules.outcome_for(risk) == verdict
