"""Reads of the pages of a shared badge."""

from loops.achievement_spotlight.models import ShownBadge
from loops.core.result_messages import ResultMessage
from viral_engine.accounts.models import User
from viral_engine.learning.models import Attempt


def badge_message(attempt: Attempt, user: User | None) -> ResultMessage | None:
    """The message under an attempt at a shared badge; None for other attempts. Cost  1 query, none without a deck."""
    if attempt.deck_id is None or attempt.finished_at is None:
        return None
    shown_badge = ShownBadge.objects.filter(deck=attempt.deck_id).select_related("deck__skill").first()
    if shown_badge is None:
        return None
    skill = shown_badge.deck.skill.name
    if user is not None:
        return ResultMessage("Nicely tried", f"Score 90% three times in {skill}, and its badge is yours.")
    return ResultMessage(
        "Earn badges of your own",
        f"With an account these answers count, and so does all your {skill} practice from here on.",
        "Sign up and earn badges",
    )
