from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Avg, Count

from viral_engine.accounts.models import Consent, Role, User
from viral_engine.accounts.rules import is_minor, needs_consent
from viral_engine.kernel.clock import today
from viral_engine.learning.models import Subject, TutoringSession, TutorStudent
from viral_engine.learning.rules.cues import Cue, NotATranscript, read_cues
from viral_engine.learning.rules.transcripts import transcript_refusal
from viral_engine.learning.services.tutoring import may_rate

SESSIONS_SHOWN = 50
ASKED_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class SessionPage:
    session: TutoringSession
    may_rate: bool
    rating_is_open: bool

    @property
    def cues(self) -> list[Cue]:
        """The transcript line by line; empty for a text that cannot be read so. No query, 30 ms for an hour."""
        try:
            return read_cues(self.session.transcript, self.session.transcript_kind)
        except NotATranscript:
            return []


def sessions_of(person: User, at: datetime) -> list[TutoringSession]:
    """The newest sessions this person may see; 1 query."""
    related = TutoringSession.objects.visible_to(person).select_related("tutor", "student", "subject")
    newest = related.defer("transcript", "summary").order_by("-started_at")
    return [session for session in newest[:SESSIONS_SHOWN] if _concerns(session, person, at)]


def session_page(person: User, session_id: int, at: datetime, *, with_transcript: bool = False) -> SessionPage | None:
    """One session for this person; None if they may not see it.

    The transcript is read and decrypted only for the page that shows it.

    Cost  1 query, 2 for a parent.
    """
    related = TutoringSession.objects.visible_to(person).select_related("tutor", "student", "subject")
    read = related if with_transcript else related.defer("transcript")
    session = read.filter(pk=session_id).first()
    if session is None or not _concerns(session, person, at):
        return None
    return SessionPage(session, may_rate(session, person, at), session.rating_is_open(at))


def _concerns(session: TutoringSession, person: User, at: datetime) -> bool:
    """Whether the person may see the session; parents of an adult may not."""
    return person.role != Role.PARENT or is_minor(session.student.age_on(today(at)))


def unrated_session(person: User, at: datetime) -> TutoringSession | None:
    """The newest unrated session of the last two weeks; 1 query."""
    mine = TutoringSession.objects.filter(student=person, rating=None, completed_at__gt=at - ASKED_FOR)
    newest = mine.select_related("tutor", "subject").order_by("-started_at")
    return newest.defer("transcript", "summary").first()


def students_of(tutor: User) -> list[User]:
    """The tutor's active students by name; 1 query."""
    pairs = TutorStudent.objects.filter(tutor=tutor, student__is_active=True).select_related("student")
    return sorted((pair.student for pair in pairs), key=lambda student: student.private_name.lower())


@dataclass(frozen=True, slots=True)
class RecordingConsent:
    """Whether a student's sessions may be recorded and transcribed, for the tutor to know before a session."""

    name: str
    refusal: str  # empty when it is allowed


def recording_consents(students: Collection[User], at: datetime) -> list[RecordingConsent]:
    """In the order of the students. 1 query, none without children under 13."""
    children = [student.pk for student in students if needs_consent(student.age_on(today(at)))]
    agreed = Consent.objects.all().with_coppa_consent(children)
    return [
        RecordingConsent(
            student.private_name,
            transcript_refusal(
                name=student.private_name,
                allows_transcription=student.transcription,
                needs_parent=student.pk in children,
                parent_agreed=student.pk in agreed,
            )
            or "",
        )
        for student in students
    ]


@dataclass(frozen=True, slots=True)
class TutorRecord:
    """Numbers of a tutor's sessions and ratings."""

    sessions_taught: int
    ratings: int
    average: float  # stars; 0 without a rating


def tutor_record(tutor_id: int) -> TutorRecord:
    """The numbers of one tutor; 1 query."""
    given = TutoringSession.objects.filter(tutor=tutor_id)
    sums = given.aggregate(sessions=Count("pk"), ratings=Count("rating"), average=Avg("rating", default=0.0))
    return TutorRecord(sums["sessions"], sums["ratings"], float(sums["average"]))


def subjects_of(tutor_id: int) -> list[Subject]:
    """Subjects of the tutor's sessions; 1 query."""
    return list(Subject.objects.filter(sessions__tutor=tutor_id).distinct())
