"""Other triggers of loops: a diagnostic, a share on the feed, an agent's request by name."""

from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from feeds.services import share_progress
from loops.buddy_challenge.models import Challenge
from loops.core import orchestrator
from loops.models import Loop, Prompt
from tests.factories import Committed, cohort_of, counting, parent_of, person, practice, statements, take_diagnostic
from viral_engine.accounts.models import User
from viral_engine.accounts.services import give_consent, withdraw_consent
from viral_engine.kernel.models import Decision, LoggedEvent
from viral_engine.learning.models import Answer, Attempt, Skill
from viral_engine.learning.rules.advice import PartScore, strongest_skill
from viral_engine.learning.services import finish_attempt

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _only_challenges(settings: Settings) -> None:
    settings.FEATURES = {"buddy_challenge": True}


def diagnosed(user: User, skill: Skill, at: datetime, *, right: str) -> Attempt:
    attempt = take_diagnostic(user, skill.subject, right=right, at=at)
    finish_attempt(attempt=attempt, at=at + timedelta(minutes=9))
    return attempt


def test_the_strongest_skill_needs_more_than_one_question() -> None:
    assert strongest_skill({}) == ("", 0)
    assert strongest_skill({"algebra": PartScore(1, 1)}) == ("", 0)
    assert strongest_skill({"algebra": PartScore(2, 2), "geometry": PartScore(3, 3), "ratios": PartScore(1, 1)}) == (
        "geometry",
        100,
    )


def test_a_diagnostic_offers_a_challenge_in_the_strongest_skill(
    algebra: Skill, at: datetime, committed: Committed
) -> None:
    ada = person("Ada", at=at)
    with committed():
        attempt = diagnosed(ada, algebra, at, right="rrrrw")
    challenge = Challenge.objects.select_related("deck__skill").get()
    tallies = Answer.objects.all().by_skill(attempt.pk)
    slug, percent = strongest_skill(tallies)
    assert sum(tally.total for tally in tallies.values()) == 20
    assert (challenge.deck.skill.slug, challenge.score_to_beat, challenge.attempt_id) == (slug, percent, attempt.pk)


def test_a_weak_diagnostic_offers_nothing(algebra: Skill, at: datetime, committed: Committed) -> None:
    ada = person("Ada", at=at)
    with committed():
        diagnosed(ada, algebra, at, right="w")
    row = Decision.objects.get(agent="orchestrator", type="diagnostic_completed")
    assert (row.outcome, Prompt.objects.count()) == ("none", 0)
    assert "is under 60" in row.rationale


def test_sharing_a_result_on_the_feed_offers_a_challenge(algebra: Skill, at: datetime, committed: Committed) -> None:
    ada = person("Ada", at=at)
    cohort_of(ada, person("Bo", at=at), at=at)
    result = practice(ada, algebra, right=4, at=at)
    with committed():
        share_progress(user=ada, result=result, at=at + timedelta(minutes=5))
    assert LoggedEvent.objects.get(type="activity_feed_share_clicked").properties["score"] == 80
    prompt = Prompt.objects.get(user=ada)
    assert (prompt.loop_id, prompt.attempt_id, prompt.link.challenge.score_to_beat) == (
        "buddy_challenge",
        result.pk,
        80,
    )


def test_an_agent_requests_a_loop_by_name(algebra: Skill, at: datetime) -> None:
    ada = person("Ada", at=at)
    practice(ada, algebra, right=3, at=at)
    practice(ada, algebra, right=5, at=at + timedelta(hours=2))
    choice = orchestrator.route_loop("buddy_challenge", ada, at + timedelta(hours=3))
    assert choice.loop == "buddy_challenge"
    assert choice.rationale.startswith("Scored 100")
    assert LoggedEvent.objects.get(type="agentic_action_triggered").properties["loop"] == "buddy_challenge"
    row = Decision.objects.get(agent="orchestrator", type="agentic_action_triggered")
    assert [one["loop"] for one in row.alternatives] == ["buddy_challenge"]
    again = orchestrator.route_loop("buddy_challenge", ada, at + timedelta(hours=3, minutes=1))
    assert "cooling down" in again.rationale


def test_an_agent_reads_why_nothing_was_offered(at: datetime) -> None:
    ada = person("Ada", at=at)
    assert "score 0 is under 60" in orchestrator.route_loop("buddy_challenge", ada, at).rationale
    Loop.objects.filter(name="buddy_challenge").update(min_score=0)
    assert "buddy_challenge: no result to beat." in orchestrator.route_loop("buddy_challenge", ada, at).rationale
    with pytest.raises(KeyError):
        orchestrator.route_loop("no_such_loop", ada, at)


def test_a_diagnostic_decision_costs_13_statements(algebra: Skill, at: datetime) -> None:
    from viral_engine.learning.events import DiagnosticCompleted

    ada = person("Ada", at=at)
    attempt = diagnosed(ada, algebra, at, right="rrrrw")
    event = DiagnosticCompleted(
        actor_id=ada.pk,
        attempt_id=str(attempt.pk),
        subject="math",
        score=80,
        duration_s=60,
        level="advanced",
        level_estimate=1.6,
    )
    with counting() as captured:
        assert orchestrator.trigger_event(event, at + timedelta(minutes=10)).loop == "buddy_challenge"
    assert len(statements(captured)) <= 13


def test_people_who_may_not_share_results_get_no_offer_and_an_explanation(algebra: Skill, at: datetime) -> None:
    ada = person("Ada", at=at)
    grace = parent_of(ada, at=at)
    give_consent(parent=grace, child=ada, kind="ferpa", method="email_plus", ip_hash="", at=at)
    withdraw_consent(parent=grace, child=ada, kind="ferpa", at=at)
    practice(ada, algebra, right=5, at=at)
    choice = orchestrator.route_loop("buddy_challenge", ada, at + timedelta(hours=1))
    assert (choice.loop, choice.rationale) == ("", "A parent took back the consent to share results.")
    assert choice.message == "Your parent decided that your results are not shared."
    give_consent(parent=grace, child=ada, kind="ferpa", method="email_plus", ip_hash="", at=at)
    assert orchestrator.route_loop("buddy_challenge", ada, at + timedelta(hours=2)).loop == "buddy_challenge"
