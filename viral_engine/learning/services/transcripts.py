"""Delete transcripts: after 90 days, or at once when consent or preference ends."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from viral_engine.accounts.events import AccountErased, ConsentWithdrawn, PreferencesChanged
from viral_engine.accounts.models import User
from viral_engine.accounts.rules import needs_consent
from viral_engine.kernel.clock import today
from viral_engine.learning.models import TutoringSession, TutorStudent

KEPT_FOR = timedelta(days=90)
COURSE_ENDS, KEPT_AFTER_COURSE = timedelta(days=90), timedelta(days=30)


def purge_transcripts(*, at: datetime) -> int:
    """Delete transcripts older than 90 days; returns how many. The sessions stay. 1 statement."""
    old = TutoringSession.objects.with_transcript().completed_before(at - KEPT_FOR)
    return old.update(transcript="")


def purge_summaries(*, at: datetime) -> int:
    """Delete summaries 30 days after their course ended; returns how many. 1 statement.

    A course is what one tutor and one student do; it ends 90 days after their last session.
    """
    later = TutoringSession.objects.filter(
        tutor=OuterRef("tutor"), student=OuterRef("student"), completed_at__gte=at - COURSE_ENDS - KEPT_AFTER_COURSE
    )
    return TutoringSession.objects.exclude(summary={}).filter(~Exists(later)).update(summary={})


def drop_unwanted_transcripts(event: PreferencesChanged, _: datetime) -> None:
    """Delete transcripts and summaries of a learner who switched off transcription. A durable listener."""
    if not User.objects.filter(pk=event.user_id, transcription=True).exists():
        _forget(event.user_id)


def _forget(student_id: int) -> None:
    """Delete what was said and what was made of it. 1 statement."""
    TutoringSession.objects.filter(student=student_id).exclude(transcript="", summary={}).update(
        transcript="", summary={}
    )


def drop_childs_transcripts(event: ConsentWithdrawn, at: datetime) -> None:
    """Delete transcripts and summaries of a child under 13 whose parent withdrew consent. A durable listener."""
    child = User.objects.filter(pk=event.child_id).first()
    if child is not None and needs_consent(child.age_on(today(at))):
        _forget(child.pk)


@transaction.atomic
def forget_person(event: AccountErased, _: datetime) -> None:
    """Delete transcripts, feedback and summaries of an erased person; the sessions themselves stay."""
    theirs = TutoringSession.objects.filter(Q(tutor=event.user_id) | Q(student=event.user_id))
    theirs.update(transcript="", feedback="", summary={})
    TutoringSession.objects.filter(parent=event.user_id).update(parent=None)
    TutorStudent.objects.filter(Q(tutor=event.user_id) | Q(student=event.user_id)).delete()
