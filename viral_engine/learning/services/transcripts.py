"""Delete transcripts at once when consent or preference ends; the purge deletes old ones."""

from datetime import datetime

from viral_engine.accounts.events import ConsentWithdrawn, PreferencesChanged
from viral_engine.accounts.models import User
from viral_engine.accounts.rules import needs_consent
from viral_engine.kernel.clock import today
from viral_engine.kernel.privacy.policies import PersonIds
from viral_engine.learning.models import TutoringSession


def drop_unwanted_transcripts(event: PreferencesChanged, _: datetime) -> None:
    """Delete the transcripts of a learner who switched off transcription. A durable listener."""
    if not User.objects.filter(pk=event.user_id, transcription=True).exists():
        TutoringSession.objects.with_transcript().filter(student=event.user_id).update(transcript="")


def drop_childs_transcripts(event: ConsentWithdrawn, at: datetime) -> None:
    """Delete the transcripts of a child under 13 whose parent withdrew consent. A durable listener."""
    child = User.objects.filter(pk=event.child_id).first()
    if child is not None and needs_consent(child.age_on(today(at))):
        TutoringSession.objects.with_transcript().filter(student=child).update(transcript="")


def forget_parent(person: PersonIds, _: datetime) -> None:
    """Take an erased parent and their feedback from sessions; the transcript stays, because it is the student's."""
    TutoringSession.objects.filter(parent=person.user_id).update(parent=None, feedback="")
