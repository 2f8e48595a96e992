from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from loops.buddy_challenge.models import Challenge
from loops.core import orchestrator
from loops.events import ChallengeInitiated
from loops.models import Loop, Prompt
from tests.factories import child, counting, parent_of, person, practice, statements
from tests.loops.decisions import completed, decide
from viral_engine.accounts.services.consent import give_consent
from viral_engine.kernel.models import Decision
from viral_engine.learning.events import PracticeCompleted
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db


def test_a_good_result_is_offered_a_challenge(algebra: Skill, at: datetime) -> None:
    ada = person("Ada", at=at)
    choice = decide(ada, algebra, at)
    assert (choice.action, choice.loop) == ("show_share_modal", "buddy_challenge")
    challenge = Challenge.objects.get()
    assert (challenge.link, challenge.score_to_beat, challenge.deck.skill) == (choice.link, 80, algebra)
    assert challenge.link.expires_at - challenge.link.created_at == timedelta(days=30)
    prompt = Prompt.objects.get()
    assert (prompt.user, prompt.ordinal, prompt.attempt_id, prompt.shown_at) == (
        ada,
        1,
        challenge.attempt_id,
        None,
    )


def test_the_decision_records_features_and_alternatives(algebra: Skill, at: datetime, instant_agents: None) -> None:
    ada = person("Ada", at=at)
    decide(ada, algebra, at, right=5)
    row = Decision.objects.get(agent="orchestrator")
    assert (row.type, row.outcome, row.actor_id, row.is_degraded) == (
        "practice_completed",
        "buddy_challenge",
        ada.pk,
        False,
    )
    assert row.rationale == "Scored 100, engagement low; expected value 0.55 was the highest of 1 eligible."
    assert row.features == {
        "score": 100,
        "sessions_7d": 1,
        "engagement": "low",
        "is_milestone": True,
        "prompts_today": 0,
    }
    assert row.alternatives == [{"loop": "buddy_challenge", "score": 0.55, "objection": None}]
    assert 0 < row.latency_ms < 10_000
    assert Decision.objects.get(agent="trust_safety").outcome == "allow"


def test_a_decision_costs_ten_statements_and_the_settings_of_loops_are_read_now_and_then(
    algebra: Skill, at: datetime
) -> None:
    events = [completed(practice(person(name, at=at), algebra, at=at)) for name in ("Ada", "Bo")]
    costs = []
    for event in events:
        with counting() as captured:
            assert orchestrator.trigger_event(event, at).loop == "buddy_challenge"
        costs.append(len(statements(captured)))
    assert costs == [12, 10]  # the parents' consents of a learner of 15 are locked


def test_a_refusal_costs_five_statements(algebra: Skill, at: datetime) -> None:
    event = completed(practice(person("Ada", at=at), algebra, right=2, at=at))
    with counting() as captured:
        assert orchestrator.trigger_event(event, at).loop == ""
    assert len(statements(captured)) == 5


def test_sixty_is_enough_and_forty_is_not(algebra: Skill, at: datetime) -> None:
    assert decide(person("Ada", at=at), algebra, at, right=3).loop == "buddy_challenge"
    refused = decide(person("Bo", at=at), algebra, at, right=2)
    assert (refused.loop, refused.rationale) == ("", "Nothing to offer. buddy_challenge: score 40 is under 60.")


def test_the_cooldown_is_one_hour_and_stored_in_the_database(algebra: Skill, at: datetime) -> None:
    ada = person("Ada", at=at)
    assert decide(ada, algebra, at).loop == "buddy_challenge"
    assert "cooling down" in decide(ada, algebra, at + timedelta(minutes=59)).rationale
    assert decide(ada, algebra, at + timedelta(minutes=61)).loop == "buddy_challenge"
    Loop.objects.update(cooldown_s=7200)
    assert "cooling down" in decide(ada, algebra, at + timedelta(minutes=125)).rationale


def test_three_prompts_a_day(algebra: Skill, at: datetime) -> None:
    ada = person("Ada", at=at - timedelta(days=1))
    morning = at.replace(hour=6)
    offered = [decide(ada, algebra, morning + timedelta(hours=2 * n)).loop for n in range(4)]
    assert offered == ["buddy_challenge"] * 3 + [""]
    assert decide(ada, algebra, morning + timedelta(days=1)).loop == "buddy_challenge"


def test_children_wait_for_consent(algebra: Skill, at: datetime) -> None:
    kid = child("Comet")
    assert decide(kid, algebra, at).rationale == "Trust and safety: coppa_no_consent."
    grace = parent_of(kid, at=at)
    give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=at)
    assert decide(kid, algebra, at).loop == "buddy_challenge"


def test_people_who_turned_offers_off_get_none_but_may_ask(algebra: Skill, at: datetime) -> None:
    ada = person("Ada", at=at, growth_prompts=False)
    result = practice(ada, algebra, at=at)
    assert orchestrator.trigger_event(completed(result), at).rationale == "The person turned prompts off."
    asked = ChallengeInitiated(actor_id=ada.pk, attempt_id=str(result.pk), skill="algebra", score=80)
    assert orchestrator.trigger_event(asked, at).loop == "buddy_challenge"
    assert Prompt.objects.count() == 0


@pytest.mark.parametrize("way", ["flag", "switch", "row"])
def test_a_loop_switched_off_is_not_offered(algebra: Skill, at: datetime, settings: Settings, way: str) -> None:
    if way == "flag":
        settings.FEATURES = {"buddy_challenge": False}
    if way == "switch":
        Loop.objects.update(is_on=False)
    if way == "row":
        Loop.objects.all().delete()
    assert "switched off" in decide(person("Ada", at=at), algebra, at).rationale


def test_guests_and_adults_are_not_prompted(algebra: Skill, at: datetime) -> None:
    tutor = person("Toni", at=at, age=30, role="tutor")
    assert "not a learner" in decide(tutor, algebra, at).rationale
    event = PracticeCompleted(
        guest_id="g", attempt_id="a", subject="math", skill="algebra", kind="challenge", score=90, duration_s=9
    )
    before = Decision.objects.count()
    assert orchestrator.trigger_event(event, at).action == "none"
    assert Decision.objects.count() == before


def test_people_may_ask_five_times_a_day(algebra: Skill, at: datetime) -> None:
    ada = person("Ada", at=at)
    result = practice(ada, algebra, at=at)
    asked = ChallengeInitiated(actor_id=ada.pk, attempt_id=str(result.pk), skill="algebra", score=80)
    found = [orchestrator.trigger_event(asked, at + timedelta(hours=n)).loop for n in range(6)]
    assert found == ["buddy_challenge"] * 5 + [""]
