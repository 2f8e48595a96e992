"""Ask the orchestrator about a finished practice."""

from datetime import datetime, timedelta

from loops.core import orchestrator
from loops.core.orchestrator import OfferDecision
from tests.factories import practice
from viral_engine.accounts.models import User
from viral_engine.learning.events import PracticeCompleted
from viral_engine.learning.models import Result, Skill


def completed(result: Result) -> PracticeCompleted:
    return PracticeCompleted(
        actor_id=result.attempt.user_id,
        attempt_id=str(result.pk),
        subject="math",
        skill="algebra",
        kind="practice",
        score=result.score,
        duration_s=60,
    )


def decide(user: User, skill: Skill, at: datetime, *, right: int = 4) -> OfferDecision:
    return orchestrator.trigger_event(completed(practice(user, skill, right=right, at=at)), at + timedelta(minutes=1))
