"""A tutor, a student, and tutoring sessions to log."""

from datetime import datetime, timedelta
from typing import Any

from tests.factories import person
from viral_engine.accounts.models import User
from viral_engine.learning.models import Subject, TutorStudent
from viral_engine.learning.services import SessionDraft

VTT = "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\n<v Toni>Let us begin with fractions."
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def tutor_and_student(at: datetime, *, student: User | None = None) -> tuple[User, User]:
    """Create a tutor and one of their students."""
    tutor = person("Toni", age=33, role="tutor", grade=None, at=at)
    student = student or person("Ada", at=at)
    TutorStudent.objects.create(tutor=tutor, student=student, created_at=at)
    return tutor, student


def session_draft(student: User, subject: Subject, at: datetime, **fields: Any) -> SessionDraft:
    """The facts of a one-hour session that ended a minute ago."""
    start = at - HOUR - timedelta(minutes=1)
    facts: dict[str, Any] = {"student_id": student.pk, "subject": subject, "started_at": start, "duration_min": 60}
    return SessionDraft(**(facts | fields))
