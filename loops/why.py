"""A decision of the orchestrator in words for the person it was about."""

from dataclasses import dataclass
from typing import Any

from loops.models import Loop, Prompt
from loops.orchestrator import AGENT
from viral_engine.kernel.models import Decision

HAPPENED = {
    "practice_completed": "You finished a round.",
    "practice_test_completed": "You finished a practice test.",
    "diagnostic_completed": "You finished a diagnostic.",
    "activity_feed_share_clicked": "You shared your progress on the feed.",
    "agentic_action_triggered": "What you did lately made it a good moment.",
    "streak_at_risk": "Your streak was about to end.",
    "achievement_earned": "You earned a badge.",
    "session_rated_five_stars": "A family gave your lesson five stars.",
    "weekly_recap_generated": "Your child's week was summed up.",
}
LOOKED_AT = {
    "score": "Your score",
    "sessions_7d": "Rounds you finished in the last 7 days",
    "prompts_today": "Offers you had that day",
}


@dataclass(frozen=True, slots=True)
class Weighed:
    """Another offer that was possible, and why it was not made."""

    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    happened: str
    looked_at: tuple[tuple[str, Any], ...]
    others: tuple[Weighed, ...]
    troubles: bool  # an agent could not answer, and a default stood in


def explained(prompt: Prompt) -> Explanation | None:
    """None when the decision is no longer kept. Cost  2 queries."""
    made = Decision.objects.made_for(prompt.user_id, agent=AGENT).filter(
        outcome=prompt.loop_id, decided_at=prompt.offered_at
    )
    decision = made.first()
    if decision is None:
        return None
    titles = dict(Loop.objects.values_list("name", "title"))
    others = [one for one in decision.alternatives if one["loop"] != prompt.loop_id]
    return Explanation(
        happened=HAPPENED.get(decision.type, "Something you did made it a good moment."),
        looked_at=tuple(
            (label, decision.features[name]) for name, label in LOOKED_AT.items() if name in decision.features
        ),
        others=tuple(
            Weighed(titles.get(one["loop"], one["loop"]), one["objection"] or "it promised less") for one in others
        ),
        troubles=decision.is_degraded,
    )
