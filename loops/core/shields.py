from datetime import datetime

from loops.core.rewards.redemptions import InsufficientBalance, redeem_reward
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import today
from viral_engine.learning.events import StreakLapsed
from viral_engine.learning.services.completion import restore_streak


def spend_shields(event: StreakLapsed, at: datetime) -> None:
    """Keep the streak by spending one shield per missed day; with too few, spend none and let the streak end.

    A durable listener: it runs in one transaction with the mark of its delivery.
    """
    user = User.objects.get(pk=event.user_id)
    try:
        redeem_reward(
            user=user,
            kind="streak_shield",
            amount=event.missed_days,
            reason="Kept your streak",
            key=f"streak:{user.pk}:{today(at)}",
            at=at,
        )
    except InsufficientBalance:
        return
    restore_streak(user=user, days=event.lost_days)
