"""Transcripts of tutoring sessions: their kinds, the consent they need, and when they go."""

from datetime import datetime, timedelta

import pytest
import time_machine

from tests.factories import Committed, browser, child, parent_of
from tests.learning.sessions import VTT, session_draft, tutor_and_student
from tests.steps.retention import purge
from viral_engine.accounts.services import consent, erasure, preferences
from viral_engine.learning.models import Subject, TutoringSession, TutorStudent
from viral_engine.learning.rules import transcripts
from viral_engine.learning.services import tutoring

SRT = "1\n00:00:01,000 --> 00:00:04,000\nToni: Let us begin.\n"


@pytest.mark.parametrize(
    ("text", "kind"), [(VTT, "vtt"), (SRT, "srt"), ("Toni: hello", "plain"), ("1\nno cue", "plain")]
)
def test_the_kind_is_told_by_the_beginning(text: str, kind: str) -> None:
    assert transcripts.kind_of(text) == kind


def test_a_file_is_read_whatever_its_line_ends_and_marks() -> None:
    assert transcripts.decoded(b"\xef\xbb\xbfWEBVTT\r\n\r\nHi\r") == "WEBVTT\n\nHi"
    with pytest.raises(UnicodeDecodeError):
        transcripts.decoded("Grüße".encode("latin-1"))


@pytest.mark.parametrize(
    ("allows", "needs_parent", "agreed", "refused"),
    [
        (True, False, False, None),
        (False, False, False, "Ada has switched off transcription"),
        (True, True, False, "Ada is under 13 and no parent has agreed"),
        (True, True, True, None),
        (False, True, True, "Ada has switched off transcription"),
    ],
)
def test_who_lets_it_be_kept(*, allows: bool, needs_parent: bool, agreed: bool, refused: str | None) -> None:
    reason = transcripts.transcript_refusal(
        name="Ada", allows_transcription=allows, needs_parent=needs_parent, parent_agreed=agreed
    )
    assert (reason or "").startswith(refused or "")
    assert (reason is None) is (refused is None)


def kept() -> list[str]:
    return list(TutoringSession.objects.order_by("pk").values_list("transcript", flat=True))


@pytest.mark.django_db
def test_transcripts_go_after_90_days_and_sessions_stay(math: Subject, at: datetime) -> None:
    toni, ada = tutor_and_student(at)
    for days in (0, 1):
        when = at + timedelta(days=days)
        tutoring.log_session(tutor=toni, draft=session_draft(ada, math, when, transcript=VTT), at=when)
    first_end = TutoringSession.objects.earliest("started_at").completed_at
    assert purge("transcripts", first_end + timedelta(days=90)) == 0
    assert purge("transcripts", first_end + timedelta(days=90, hours=1)) == 1
    assert kept() == ["", VTT]
    assert TutoringSession.objects.earliest("started_at").transcript_kind == "vtt"


@pytest.mark.django_db
def test_a_summary_goes_thirty_days_after_its_course(math: Subject, at: datetime) -> None:
    toni, ada = tutor_and_student(at)
    for days in (0, 10):
        when = at + timedelta(days=days)
        tutoring.log_session(tutor=toni, draft=session_draft(ada, math, when, transcript=VTT), at=when)
    TutoringSession.objects.update(summary={"key_concepts": []})
    last = TutoringSession.objects.latest("started_at").completed_at
    assert purge("summaries", last + timedelta(days=120)) == 0
    assert purge("summaries", last + timedelta(days=120, hours=1)) == 2
    assert list(TutoringSession.objects.values_list("summary", flat=True)) == [{}, {}]


@pytest.mark.django_db
def test_a_tutor_reads_before_a_session_who_may_be_recorded(math: Subject, at: datetime) -> None:
    kid = child("Comet")
    toni, _ = tutor_and_student(at, student=kid)
    grace = parent_of(kid, at=at)
    with time_machine.travel(at, tick=False):
        page = browser(toni).get("/sessions/new/").content.decode()
        assert "Before you record" in page
        assert "is under 13 and no parent has agreed" in page
        consent.give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=at)
        assert "recording and a transcript are fine" in browser(toni).get("/sessions/new/").content.decode()


@pytest.mark.django_db
def test_what_was_said_goes_with_the_preference(math: Subject, at: datetime, committed: Committed) -> None:
    toni, ada = tutor_and_student(at)
    tutoring.log_session(tutor=toni, draft=session_draft(ada, math, at, transcript=VTT), at=at)
    with committed():
        preferences.set_preferences(user=ada, avatar="mint", at=at, feed_visible=False)
    assert kept() == [VTT]
    with committed():
        preferences.set_preferences(user=ada, avatar="mint", at=at, transcription=False)
    assert kept() == [""]


@pytest.mark.django_db
def test_what_a_child_said_goes_with_the_consent(math: Subject, at: datetime, committed: Committed) -> None:
    kid = child("Comet")
    toni, _ = tutor_and_student(at, student=kid)
    grace = parent_of(kid, at=at)
    with pytest.raises(tutoring.TranscriptRefused, match="no parent has agreed"):
        tutoring.log_session(tutor=toni, draft=session_draft(kid, math, at, transcript=VTT), at=at)
    consent.give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=at)
    session = tutoring.log_session(tutor=toni, draft=session_draft(kid, math, at, transcript=VTT), at=at)
    assert session.parent == grace
    with committed():
        consent.withdraw_consent(parent=grace, child=kid, kind="coppa", at=at)
    assert kept() == [""]


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["tutor", "student"])
def test_nothing_tells_of_an_erased_person(math: Subject, at: datetime, committed: Committed, who: str) -> None:
    toni, ada = tutor_and_student(at)
    session = tutoring.log_session(tutor=toni, draft=session_draft(ada, math, at, transcript="zanzibar"), at=at)
    tutoring.rate_session(session=session, by=ada, rating=5, feedback="zanzibar", at=at)
    TutoringSession.objects.update(summary={"key_concepts": ["zanzibar"]})
    gone = toni if who == "tutor" else ada
    with committed():
        erasure.erase_account(user=gone, by=gone, at=at)
    session = TutoringSession.objects.get()
    assert (session.transcript, session.feedback, session.summary, session.rating) == ("", "", {}, 5)
    assert not TutorStudent.objects.exists()


@pytest.mark.django_db
def test_an_erased_parent_is_named_by_no_session(math: Subject, at: datetime, committed: Committed) -> None:
    toni, ada = tutor_and_student(at)
    grace = parent_of(ada, at=at)
    tutoring.log_session(tutor=toni, draft=session_draft(ada, math, at, transcript=VTT), at=at)
    with committed():
        erasure.erase_account(user=grace, by=grace, at=at)
    assert TutoringSession.objects.get().parent is None
    assert kept() == [VTT]
