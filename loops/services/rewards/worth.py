"""What actions are worth in points, and paying it."""

from datetime import datetime

from loops import rules
from loops.models import ActionWorth, RewardEntry
from loops.services.rewards.grants import GrantRefused, grant_reward
from viral_engine.accounts.events import AccountCreated, GuestRecognized
from viral_engine.accounts.models import User
from viral_engine.learning.events import (
    AchievementEarned,
    ChallengeWon,
    DiagnosticCompleted,
    PracticeCompleted,
    PracticeTestCompleted,
)
from viral_engine.learning.models import Result

ACTIONS = {
    "practice": "complete_practice",
    "challenge": "complete_practice",
    "practice_test": "complete_practice_test",
    "diagnostic": "complete_diagnostic",
}


def calculate_reward(action: str, user: User) -> rules.Worth:
    """The points an action earns this person, and why; 1 query, none for somebody simulated."""
    if user.is_simulated:
        return rules.Worth(0, "Simulated people earn nothing")
    return ActionWorth.objects.all().of(action)


def earn_points(*, user: User, action: str, key: str, at: datetime) -> RewardEntry | None:
    """The person has the points of an action, once per key; None where it earns nothing, or nothing more today.

    Cost  as a grant, and 1 query.
    """
    worth = calculate_reward(action, user)
    if not worth.points:
        return None
    try:
        return grant_reward(user=user, kind="points", amount=worth.points, reason=worth.reason, key=key, at=at)
    except GrantRefused:
        return None


def reward_practice(event: PracticeCompleted | PracticeTestCompleted | DiagnosticCompleted, at: datetime) -> None:
    """A member's finished round, test or diagnostic earns points. A promised listener."""
    kind = event.kind if isinstance(event, PracticeCompleted) else event.type.removesuffix("_completed")
    _reward_round(User.objects.get(pk=event.user_id), kind, event.attempt_id, at)


def reward_victory(event: ChallengeWon, at: datetime) -> None:
    """A challenge won earns points. A promised listener."""
    key = f"won:{event.challenge_id}:{event.user_id}"
    earn_points(user=User.objects.get(pk=event.user_id), action="win_challenge", key=key, at=at)


def reward_badge(event: AchievementEarned, at: datetime) -> None:
    """A badge earns points. A promised listener."""
    key = f"badge:{event.user_id}:{event.kind}:{event.skill}"
    earn_points(user=User.objects.get(pk=event.user_id), action="earn_achievement", key=key, at=at)


def reward_claimed(event: AccountCreated | GuestRecognized, at: datetime) -> None:
    """What somebody did as a guest earns its points. A promised listener, after the one that claims the attempts."""
    user = User.objects.get(pk=event.user_id)
    mine = Result.objects.of(user.pk).filter(attempt__guest_id=event.guest_id).order_by("finished_at")
    for attempt_id, kind in mine.values_list("attempt_id", "attempt__kind"):
        _reward_round(user, kind, str(attempt_id), at)


def _reward_round(user: User, kind: str, attempt_id: str, at: datetime) -> None:
    earn_points(user=user, action=ACTIONS.get(kind, "complete_practice"), key=f"practice:{attempt_id}", at=at)
