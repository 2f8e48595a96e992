from datetime import datetime

from viral_engine.accounts.events import AccountCreated
from viral_engine.accounts.models import User
from viral_engine.learning.models import Attempt, Result
from viral_engine.learning.services.attempts import add_progress


def claim_guest_attempts(event: AccountCreated, _: datetime) -> None:
    """What the person did as a guest is theirs, with the XP it would have earned.

    A promised listener: it runs in one transaction with the mark that it ran.
    """
    user = User.objects.get(pk=event.user_id)
    attempts = Attempt.objects.filter(guest_id=event.guest_id, user=None)
    finished = list(Result.objects.filter(attempt__in=attempts, xp=0).order_by("finished_at"))
    attempts.update(user=user)
    for result in finished:
        result.xp = add_progress(user, score=result.score, at=result.finished_at)
        result.save(update_fields=["xp"])
