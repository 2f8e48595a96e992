from datetime import datetime

from django.db.models import Exists, OuterRef

from viral_engine.accounts.events import AccountCreated, GuestRecognized
from viral_engine.accounts.models import User
from viral_engine.learning.models import Attempt, Result
from viral_engine.learning.services.finishing import add_progress


def claim_guest_attempts(event: AccountCreated | GuestRecognized, _: datetime) -> None:
    """What the person did as a guest is theirs, with the XP it would have earned.

    A deck is played once: what a member repeats as a guest stays the guest's, and earns nothing. So does a diagnostic
    left open, where the member has one of the same subject open.

    A promised listener: it runs in one transaction with the mark that it ran.
    """
    user = User.objects.get(pk=event.user_id)
    played = Attempt.objects.filter(user=user, deck__isnull=False).values("deck")
    twice = Attempt.objects.filter(user=user, kind=OuterRef("kind"), subject=OuterRef("subject"), skill=None)
    attempts = Attempt.objects.filter(guest_id=event.guest_id, user=None).exclude(deck__in=played)
    attempts = attempts.exclude(Exists(twice.unfinished()), finished_at=None)
    finished = list(Result.objects.filter(attempt__in=attempts, xp=0).order_by("finished_at"))
    attempts.update(user=user)
    for result in finished:
        result.xp = add_progress(user, score=result.score, at=result.finished_at)
        result.save(update_fields=["xp"])
