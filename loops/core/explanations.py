"""Explanations of the orchestrator's decisions for the person they were about."""

from dataclasses import dataclass
from typing import Any

from feeds.events import ActivityFeedShareClicked
from loops.core.orchestrator import AGENT
from loops.events import AgenticActionTriggered, WeeklyRecapGenerated
from loops.models import Loop, Prompt
from viral_engine.kernel.models import Decision
from viral_engine.learning.events import (
    AchievementEarned,
    DiagnosticCompleted,
    PracticeCompleted,
    PracticeTestCompleted,
    SessionRatedFiveStars,
    StreakAtRisk,
)

WHAT_HAPPENED = {
    PracticeCompleted.type: "You finished a practice.",
    PracticeTestCompleted.type: "You finished a practice test.",
    DiagnosticCompleted.type: "You finished a diagnostic.",
    ActivityFeedShareClicked.type: "You shared your progress on the feed.",
    AgenticActionTriggered.type: "Your recent activity made it a good moment.",
    StreakAtRisk.type: "Your streak was about to end.",
    AchievementEarned.type: "You earned a badge.",
    SessionRatedFiveStars.type: "A family gave your session five stars.",
    WeeklyRecapGenerated.type: "Your child's weekly recap was ready.",
}
LOOKED_AT = {
    "score": "Your score",
    "sessions_7d": "Practices you finished in the last 7 days",
    "prompts_today": "Offers you had that day",
}


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another loop, and why it was not offered."""

    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    happened: str
    looked_at: tuple[tuple[str, Any], ...]
    others: tuple[Alternative, ...]
    is_degraded: bool  # an agent answered with a fallback


def explain(prompt: Prompt) -> Explanation | None:
    """The explanation of an offer; None when the decision is no longer stored. Cost  2 queries."""
    made = Decision.objects.made_for(prompt.user_id, agent=AGENT).filter(
        outcome=prompt.loop_id, decided_at=prompt.offered_at
    )
    decision = made.first()
    if decision is None:
        return None
    titles = dict(Loop.objects.values_list("name", "title"))
    others = [one for one in decision.alternatives if one["loop"] != prompt.loop_id]
    return Explanation(
        happened=WHAT_HAPPENED.get(decision.type, "Your activity made it a good moment."),
        looked_at=tuple(
            (label, decision.features[name]) for name, label in LOOKED_AT.items() if name in decision.features
        ),
        others=tuple(
            Alternative(titles.get(one["loop"], one["loop"]), one["objection"] or "it promised less") for one in others
        ),
        is_degraded=decision.is_degraded,
    )
