from datetime import datetime

from viral_engine.accounts.models import User
from viral_engine.kernel.agent_registry import SOCIAL_PRESENCE
from viral_engine.kernel.models import Decision
from viral_engine.kernel.services import record_decisions
from viral_engine.learning.events import PracticeStarted


def record_nudges(*, actor: User, subject: str, asked: int, nudged: int, at: datetime) -> None:
    """Log whom the Social Presence agent nudged when a learner began to practice. Cost  1 insert."""
    record_decisions(
        Decision(
            agent=SOCIAL_PRESENCE.key,
            actor_id=actor.pk,
            type=PracticeStarted.type,
            outcome="nudged",
            rationale=f"Nudged {nudged} of {asked} friends who practice {subject}; the others had one within the hour.",
            features={"friends": asked, "nudged": nudged},
            decided_at=at,
        )
    )
