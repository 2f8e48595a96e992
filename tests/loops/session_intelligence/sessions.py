"""Tutoring sessions with the golden transcripts, through the real services."""

from datetime import datetime
from typing import Any

from benchmarks.transcripts import GOLDEN, load
from loops.models import Loop
from loops.session_intelligence.services.pipeline import process_sessions
from tests.factories import Committed
from tests.learning.sessions import session_draft, tutor_and_student
from viral_engine.accounts.models import User
from viral_engine.learning.models import Subject, TutoringSession
from viral_engine.learning.services import tutoring


def golden_vtt(name: str) -> str:
    return load(GOLDEN / f"{name}.txt").vtt()


def loop_row() -> None:
    """The loop's row, which the flush of a test that commits has removed."""
    defaults = {"title": "Tutoring session", "expected_k": 0.2, "cooldown_s": 0}
    Loop.objects.get_or_create(name="session_intelligence", defaults=defaults)


def logged_session(
    at: datetime, subject: Subject, *, golden: str = "algebra", student: User | None = None, **fields: Any
) -> TutoringSession:
    """A session of Toni and Ada that was just logged; its pipeline has not run."""
    toni, ada = tutor_and_student(at, student=student)
    facts = {"transcript": golden_vtt(golden)} | fields
    return tutoring.log_session(tutor=toni, draft=session_draft(ada, subject, at, **facts), at=at)


def processed_session(at: datetime, subject: Subject, committed: Committed, **fields: Any) -> TutoringSession:
    """A session whose summary and actions are made."""
    with committed():
        session = logged_session(at, subject, **fields)
    with committed():
        process_sessions(at=at)
    session.refresh_from_db()
    return session
