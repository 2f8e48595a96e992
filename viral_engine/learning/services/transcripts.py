"""How long what was said is kept, and when it goes at once."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from viral_engine.accounts.events import AccountErased, ConsentWithdrawn, PreferencesChanged
from viral_engine.accounts.models import User
from viral_engine.accounts.rules import needs_consent
from viral_engine.learning.models import TutoringSession, TutorStudent

KEPT_FOR = timedelta(days=90)


def purge_transcripts(*, at: datetime) -> int:
    """No transcript is older than 90 days; returns how many went. The session itself stays. 1 statement."""
    old = TutoringSession.objects.with_transcript().completed_before(at - KEPT_FOR)
    return old.update(transcript="")


def drop_unwanted_transcripts(event: PreferencesChanged, _: datetime) -> None:
    """Who switched transcription off has no transcript here any more. A promised listener."""
    if not User.objects.filter(pk=event.user_id, transcription=True).exists():
        TutoringSession.objects.with_transcript().filter(student=event.user_id).update(transcript="")


def drop_childs_transcripts(event: ConsentWithdrawn, at: datetime) -> None:
    """A child under 13 whose parent took the consent back has no transcript here any more. A promised listener."""
    child = User.objects.filter(pk=event.child_id).first()
    if child is not None and needs_consent(child.age_on(at.date())):
        TutoringSession.objects.with_transcript().filter(student=child).update(transcript="")


@transaction.atomic
def forget_person(event: AccountErased, _: datetime) -> None:
    """Nobody reads any more what an erased person said, wrote or was said of; that there was a lesson stays."""
    theirs = TutoringSession.objects.filter(Q(tutor=event.user_id) | Q(student=event.user_id))
    theirs.update(transcript="", feedback="", summary={})
    TutoringSession.objects.filter(parent=event.user_id).update(parent=None)
    TutorStudent.objects.filter(Q(tutor=event.user_id) | Q(student=event.user_id)).delete()
