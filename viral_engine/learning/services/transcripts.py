"""Delete transcripts at once when consent or preference ends; the purge deletes old ones."""

from datetime import datetime

from viral_engine.accounts.events import ConsentWithdrawn, PreferencesChanged
from viral_engine.accounts.models import User
from viral_engine.accounts.rules import needs_consent
from viral_engine.kernel.clock import today
from viral_engine.kernel.privacy.policies import PersonIds
from viral_engine.learning.models import TutoringSession


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


def forget_parent(person: PersonIds, _: datetime) -> None:
    """Take an erased parent and their feedback from sessions; the transcript stays, because it is the student's."""
    TutoringSession.objects.filter(parent=person.user_id).update(parent=None, feedback="")
