"""Log tutoring sessions and rate them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest

from viral_engine.accounts.models import Consent, Guardianship, Role, User
from viral_engine.accounts.rules import is_minor, needs_consent
from viral_engine.kernel.clock import today
from viral_engine.kernel.services import announce
from viral_engine.learning.events import SessionCompleted, SessionRatedFiveStars
from viral_engine.learning.models import Subject, TutoringSession, TutorStudent
from viral_engine.learning.rules import cues, transcripts

LOGGED_WITHIN = timedelta(days=60)
FIVE_STARS = 5


class SessionRefused(Exception):
    """The session cannot be logged; the message tells the tutor why."""


class TranscriptRefused(SessionRefused):
    """The transcript may not be kept; the session can be logged without it."""


class RatingRefused(Exception):
    """This person may not rate the session, or may no longer change the rating."""


@dataclass(frozen=True, slots=True)
class SessionDraft:
    """A tutoring session as the tutor enters it."""

    student_id: int
    subject: Subject
    started_at: datetime
    duration_min: int
    transcript: str = ""


@transaction.atomic
def log_session(*, tutor: User, draft: SessionDraft, at: datetime) -> TutoringSession:
    """Log a tutoring session, once per student and start time.

    Cost      5 statements; 1 more for a transcript of a child under 13.
    Raises    SessionRefused for another tutor's student, an impossible time or a repeated log. TranscriptRefused.
    Announces SessionCompleted.
    """
    student = _student_of(tutor, draft.student_id)
    completed_at = draft.started_at + timedelta(minutes=draft.duration_min)
    _require_possible(draft, completed_at, at)
    if draft.transcript:
        require_transcript_allowed(student=student, at=at)
    guardians = Guardianship.objects.proven().filter(child=student).values_list("parent_id", flat=True)[:2]
    parents = list(guardians) if is_minor(student.age_on(today(at))) else []
    try:
        with transaction.atomic():
            session = TutoringSession.objects.create(
                tutor=tutor,
                student=student,
                parent_id=parents[0] if len(parents) == 1 else None,
                subject=draft.subject,
                started_at=draft.started_at,
                duration_min=draft.duration_min,
                completed_at=completed_at,
                transcript_kind=transcripts.kind_of(draft.transcript) if draft.transcript else "",
                transcript=draft.transcript,
            )
    except IntegrityError as twice:
        raise SessionRefused("You have already logged this session.") from twice
    completed = SessionCompleted(
        actor_id=tutor.pk,
        session_id=session.pk,
        student_id=student.pk,
        subject=draft.subject.slug,
        has_transcript=bool(draft.transcript),
    )
    announce(completed, at=at, key=f"session:{session.pk}")
    return session


def _student_of(tutor: User, student_id: int) -> User:
    """The tutor's student; 1 query. Raises  SessionRefused."""
    pair = TutorStudent.objects.filter(tutor=tutor, student=student_id).select_related("student").first()
    if tutor.role != Role.TUTOR or pair is None or not pair.student.is_active:
        raise SessionRefused("Choose one of your students.")
    return pair.student


def _require_possible(draft: SessionDraft, completed_at: datetime, at: datetime) -> None:
    if not 1 <= draft.duration_min <= TutoringSession.MAX_MINUTES:
        raise SessionRefused("A session takes between 1 minute and 8 hours.")
    if completed_at > at:
        raise SessionRefused("The session is not over yet. Check when it started and how long it took.")
    if draft.started_at < at - LOGGED_WITHIN:
        raise SessionRefused("You can log a session for 60 days after it.")
    if len(draft.transcript.encode()) > transcripts.MAX_BYTES or "\x00" in draft.transcript:
        raise TranscriptRefused("A transcript is text of at most 2 MB.")
    if draft.transcript:
        _require_cues(draft.transcript)


def _require_cues(transcript: str) -> None:
    try:
        cues.read_cues(transcript, transcripts.kind_of(transcript))
    except cues.NotATranscript as reason:
        raise TranscriptRefused(str(reason)) from reason


def require_transcript_allowed(*, student: User, at: datetime) -> None:
    """Require permission to keep a transcript: from the student, and from a parent of a child under 13.

    Cost    1 query for a child, none for others.
    Raises  TranscriptRefused.
    """
    is_child = needs_consent(student.age_on(today(at)))
    reason = transcripts.transcript_refusal(
        name=student.private_name,
        allows_transcription=student.transcription,
        needs_parent=is_child,
        parent_agreed=is_child and Consent.Kind.COPPA in Consent.objects.kinds_for(student.pk),
    )
    if reason:
        raise TranscriptRefused(reason)


@transaction.atomic
def rate_session(*, session: TutoringSession, by: User, rating: int, feedback: str, at: datetime) -> TutoringSession:
    """Rate a session. The student and parents may change the rating for 24 hours after the first one.

    Units     1 to 5 stars.
    Cost      2 statements; 1 more each for a change, for a parent and for five stars.
    Raises    RatingRefused.
    Announces SessionRatedFiveStars, once per session.
    """
    if not may_rate(session, by, at):
        raise RatingRefused("You cannot rate this session.")
    if not 1 <= rating <= FIVE_STARS:
        raise RatingRefused("Choose one to five stars.")
    mine = TutoringSession.objects.filter(pk=session.pk)
    is_first = mine.filter(rating=None).update(rating=rating, feedback=feedback, rated_at=at)
    still_open = mine.filter(rated_at__gt=at - TutoringSession.RATING_CHANGEABLE_FOR)
    if not is_first and not still_open.update(rating=rating, feedback=feedback):
        raise RatingRefused("A rating can be changed for 24 hours. Yours is final now.")
    if rating == FIVE_STARS:
        rated = SessionRatedFiveStars(
            actor_id=session.tutor_id,
            session_id=session.pk,
            tutor_id=session.tutor_id,
            subject=session.subject.slug,
            rated_by_id=by.pk,
        )
        announce(rated, at=at, key=f"five_stars:{session.pk}")
    session.refresh_from_db(fields=["rating", "feedback", "rated_at"])
    return session


def record_summary(*, session_id: int, summary: dict[str, Any], at: datetime) -> bool:
    """Store the summary of a session whose transcript is still there; False when it was deleted. 1 statement."""
    kept = TutoringSession.objects.with_transcript().filter(pk=session_id)
    return bool(kept.update(summary=summary, processed_at=Greatest(F("completed_at"), Value(at))))


def may_rate(session: TutoringSession, person: User, at: datetime) -> bool:
    """Whether the person is the student, or a parent of a minor student; 1 query for a parent."""
    if person.pk == session.student_id:
        return True
    is_parent = person.role == Role.PARENT and is_minor(session.student.age_on(today(at)))
    return is_parent and Guardianship.objects.proven().filter(parent=person, child=session.student_id).exists()
