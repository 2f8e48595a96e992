from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q

from viral_engine.accounts.events import AccountCreated, GuestMerged
from viral_engine.accounts.models import User
from viral_engine.accounts.services.preferences import set_current_subject
from viral_engine.learning.models import Attempt, Result
from viral_engine.learning.rules.progress import is_worth_a_day
from viral_engine.learning.services.completion import add_progress


def claim_guest_attempts(event: AccountCreated | GuestMerged, _: datetime) -> None:
    """Move a guest's attempts to the member, with the XP they earn; their current subject follows the newest attempt.

    A deck counts once per person: an attempt at a deck the member already played stays with the guest and earns
    nothing. So does an open diagnostic when the member has one open in the same subject.

    A durable listener: it commits together with its delivery mark.
    """
    user = User.objects.get(pk=event.user_id)
    played = Attempt.objects.filter(user=user, deck__isnull=False).values("deck")
    twice = Attempt.objects.filter(user=user, kind=OuterRef("kind"), subject=OuterRef("subject"), skill=None)
    attempts = Attempt.objects.filter(guest_id=event.guest_id, user=None).exclude(deck__in=played)
    attempts = attempts.exclude(Exists(twice.unfinished()), finished_at=None)
    answers = Count("attempt__answers", filter=Q(attempt__answers__is_correct__isnull=False))
    unpaid = Result.objects.filter(attempt__in=attempts, xp=0).order_by("finished_at").annotate(answered=answers)
    counted = list(unpaid.values_list("pk", "score", "total", "finished_at", "answered"))
    if attempts.update(user=user):
        newest = Attempt.objects.filter(user=user).order_by("-started_at").select_related("subject")[0]
        set_current_subject(user=user, subject=newest.subject.slug)
    for pk, score, total, finished_at, answered in counted:
        if is_worth_a_day(answered=answered, total=total):
            xp = add_progress(user, score=score, answered=answered, at=finished_at)
            Result.objects.filter(pk=pk).update(xp=xp)
