"""Grant points for actions."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from loops.core.rewards.grants import GrantRefused, grant_reward
from loops.core.rewards.point_grants import PointGrant, grant_points
from loops.models import ActionPoints, RewardEntry
from loops.rules.economy import PointsForAction
from viral_engine.accounts.events import AccountCreated, GuestMerged
from viral_engine.accounts.models import User
from viral_engine.kernel import clock
from viral_engine.learning.events import (
    AchievementEarned,
    AttemptCompleted,
    ChallengeWon,
    PracticeCompleted,
)
from viral_engine.learning.models import Result

ACTIONS = {
    "practice": "complete_practice",
    "challenge": "complete_practice",
    "practice_test": "complete_practice_test",
    "diagnostic": "complete_diagnostic",
}


def calculate_reward(action: str, user: User) -> PointsForAction:
    """Return the points an action earns this person, and why; 1 query, none for simulated people."""
    if user.is_simulated:
        return PointsForAction(0, "Simulated people earn nothing")
    return ActionPoints.objects.all().of(action)


def earn_points(*, user: User, action: str, key: str, at: datetime) -> RewardEntry | None:
    """Grant the points of an action once per key; return None if it earns nothing or the daily cap is reached.

    Cost  as a grant, and 1 query.
    """
    worth = calculate_reward(action, user)
    if not worth.points:
        return None
    try:
        return grant_reward(user=user, kind="points", amount=worth.points, reason=worth.reason, key=key, at=at)
    except GrantRefused:
        return None


def reward_attempts(events: Sequence[tuple[AttemptCompleted, datetime]]) -> None:
    """Grant points for finished attempts. A durable listener of many events.

    Cost  2 queries, and as `grant_points` for each day.
    """
    users = User.objects.in_bulk([event.user_id for event, _ in events])
    days: defaultdict[date, list[tuple[AttemptCompleted, datetime]]] = defaultdict(list)
    for event, at in events:
        if event.user_id in users:  # else the account was deleted before the relay came to it
            days[clock.today(at)].append((event, at))
    for some in days.values():  # a daily cap is that of the attempt's own day
        attempts = [(users[event.user_id], _kind_of(event), event.attempt_id) for event, _ in some]
        _reward(attempts, at=some[-1][1])


def points_for_attempt(user_id: int, attempt_id: str) -> int:
    """The points granted for a finished attempt; 0 for one that earned none. Cost  1 query."""
    granted = RewardEntry.objects.filter(user=user_id, key=_key_of(attempt_id)).values_list("amount", flat=True)
    return granted.first() or 0


def _key_of(attempt_id: str) -> str:
    return f"practice:{attempt_id}"


def _kind_of(event: AttemptCompleted) -> str:
    return event.kind if isinstance(event, PracticeCompleted) else event.type.removesuffix("_completed")


def _reward(attempts: Sequence[tuple[User, str, str]], *, at: datetime) -> None:
    """Grant the points of attempts, given as learner, kind and id. Simulated people earn nothing."""
    worth = ActionPoints.objects.all().by_action()
    wanted = []
    for user, kind, attempt_id in attempts:
        points = worth[ACTIONS.get(kind, "complete_practice")]
        if points.points and not user.is_simulated:
            wanted.append(PointGrant(user, points.points, points.reason, _key_of(attempt_id)))
    grant_points(wanted, at=at)


def reward_challenge_win(event: ChallengeWon, at: datetime) -> None:
    """Grant points for a won challenge. A durable listener."""
    key = f"won:{event.challenge_id}:{event.user_id}"
    earn_points(user=User.objects.get(pk=event.user_id), action="win_challenge", key=key, at=at)


def reward_badge(event: AchievementEarned, at: datetime) -> None:
    """Grant points for a badge. A durable listener."""
    key = f"badge:{event.user_id}:{event.kind}:{event.skill}"
    earn_points(user=User.objects.get(pk=event.user_id), action="earn_achievement", key=key, at=at)


def reward_claimed_attempts(event: AccountCreated | GuestMerged, at: datetime) -> None:
    """Grant points for attempts made as a guest. A durable listener; it runs after the attempts are claimed."""
    user = User.objects.get(pk=event.user_id)
    mine = Result.objects.of(user.pk).filter(attempt__guest_id=event.guest_id).order_by("finished_at")
    rows = mine.values_list("attempt_id", "attempt__kind")
    _reward([(user, kind, str(attempt_id)) for attempt_id, kind in rows], at=at)
