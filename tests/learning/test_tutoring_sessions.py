"""Tutoring sessions: who may write them down, read them and rate them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client

from tests.factories import browser, child, counting, parent_of, person, statements
from tests.learning.sessions import DAY, HOUR, VTT, session_draft, tutor_and_student
from tests.steps.admin import give_reason
from viral_engine.accounts.models import User
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.models import Subject, TutoringSession, TutorStudent
from viral_engine.learning.services import tutoring
from viral_engine.learning.services.tutoring import RatingRefused, SessionRefused

pytestmark = pytest.mark.django_db


def logged(at: datetime, math: Subject, **fields: Any) -> tuple[User, User, TutoringSession]:
    toni, ada = tutor_and_student(at)
    return toni, ada, tutoring.log_session(tutor=toni, draft=session_draft(ada, math, at, **fields), at=at)


# -- Writing down ------------------------------------------------------------------------------------------
def test_a_session_is_on_record_and_announced(math: Subject, at: datetime) -> None:
    toni, ada, session = logged(at, math, transcript=VTT)
    assert (session.tutor, session.student, session.subject, session.duration_min) == (toni, ada, math, 60)
    assert (session.transcript_kind, session.processed_at, session.summary) == ("vtt", None, {})
    assert session.completed_at == session.started_at + HOUR
    event = LoggedEvent.objects.get(type="session_completed")
    assert event.actor_id == toni.pk
    assert event.properties == {
        "session_id": session.pk,
        "student_id": ada.pk,
        "subject": "math",
        "has_transcript": True,
    }


def test_only_a_tutor_of_this_student_writes_it_down(math: Subject, at: datetime) -> None:
    toni, ada = tutor_and_student(at)
    stranger = person("Tim", age=40, role="tutor", grade=None)
    impostor = person("Bo")
    TutorStudent.objects.create(tutor=impostor, student=ada, created_at=at)
    for by in (stranger, impostor, ada):
        with pytest.raises(SessionRefused, match="Choose one of your students"):
            tutoring.log_session(tutor=by, draft=session_draft(ada, math, at), at=at)
    with pytest.raises(SessionRefused, match="Choose one of your students"):
        tutoring.log_session(tutor=toni, draft=session_draft(impostor, math, at), at=at)
    assert TutoringSession.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"duration_min": 62}, "not over yet"),
        ({"duration_min": 0}, "between 1 minute and 8 hours"),
        ({"duration_min": 481}, "between 1 minute and 8 hours"),
        ({"started_at": -61 * DAY}, "for 60 days after it"),
        ({"transcript": "x" * (2 * 1024 * 1024 + 1)}, "at most 2 MB"),
        ({"transcript": "a\x00b"}, "at most 2 MB"),
    ],
)
def test_what_cannot_be_is_refused(math: Subject, at: datetime, fields: dict[str, Any], reason: str) -> None:
    toni, ada = tutor_and_student(at)
    if "started_at" in fields:
        fields = {"started_at": at + fields["started_at"]}
    with pytest.raises(SessionRefused, match=reason):
        tutoring.log_session(tutor=toni, draft=session_draft(ada, math, at, **fields), at=at)
    assert TutoringSession.objects.count() == 0


def test_a_session_is_logged_once(math: Subject, at: datetime) -> None:
    toni, ada, _ = logged(at, math)
    with pytest.raises(SessionRefused, match="already logged this session"):
        tutoring.log_session(tutor=toni, draft=session_draft(ada, math, at), at=at)
    assert TutoringSession.objects.count() == LoggedEvent.objects.filter(type="session_completed").count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"duration_min": 0},
        {"rating": 6, "rated_at": True},
        {"rating": 5},
        {"rated_at": True},
        {"feedback": "x"},
        {"transcript": "x"},
        {"processed_at": -1},
        {"tutor": "student"},
    ],
)
def test_the_database_refuses_sessions_of_a_wrong_shape(math: Subject, at: datetime, wrong: dict[str, Any]) -> None:
    _, ada, session = logged(at, math)
    fields = dict(wrong)
    if "rated_at" in fields:
        fields["rated_at"] = at
    if "processed_at" in fields:
        fields["processed_at"] = session.started_at
    if "tutor" in fields:
        fields["tutor"] = ada
    with pytest.raises(IntegrityError), transaction.atomic():
        TutoringSession.objects.filter(pk=session.pk).update(**fields)


# -- Rating ------------------------------------------------------------------------------------------------
def test_five_stars_are_announced_once_for_the_tutor(math: Subject, at: datetime) -> None:
    toni, ada, session = logged(at, math)
    tutoring.rate_session(session=session, by=ada, rating=4, feedback="", at=at)
    assert not LoggedEvent.objects.filter(type="session_rated_five_stars").exists()
    for rating in (5, 3, 5):
        rated = tutoring.rate_session(session=session, by=ada, rating=rating, feedback="Great", at=at + HOUR)
    assert (rated.rating, rated.feedback, rated.rated_at) == (5, "Great", at)
    event = LoggedEvent.objects.get(type="session_rated_five_stars")
    assert event.actor_id == toni.pk
    assert event.properties == {
        "session_id": session.pk,
        "tutor_id": toni.pk,
        "subject": "math",
        "rated_by_id": ada.pk,
    }


def test_a_rating_changes_for_24_hours(math: Subject, at: datetime) -> None:
    _, ada, session = logged(at, math)
    tutoring.rate_session(session=session, by=ada, rating=2, feedback="", at=at)
    tutoring.rate_session(session=session, by=ada, rating=3, feedback="", at=at + DAY - timedelta(seconds=1))
    with pytest.raises(RatingRefused, match="for 24 hours"):
        tutoring.rate_session(session=session, by=ada, rating=5, feedback="", at=at + DAY)
    session.refresh_from_db()
    assert session.rating == 3
    assert not LoggedEvent.objects.filter(type="session_rated_five_stars").exists()


@pytest.mark.parametrize("rating", [0, 6, -1])
def test_stars_go_from_one_to_five(math: Subject, at: datetime, rating: int) -> None:
    _, ada, session = logged(at, math)
    with pytest.raises(RatingRefused, match="one to five"):
        tutoring.rate_session(session=session, by=ada, rating=rating, feedback="", at=at)


def test_student_and_parent_rate_and_nobody_else(math: Subject, at: datetime) -> None:
    toni, ada, session = logged(at, math)
    grace = parent_of(ada, at=at)
    others = (toni, person("Bo"), person("Hal", age=44, role="parent", grade=None))
    for by in others:
        with pytest.raises(RatingRefused, match="cannot rate this session"):
            tutoring.rate_session(session=session, by=by, rating=5, feedback="", at=at)
    for by in (grace, ada):
        assert tutoring.rate_session(session=session, by=by, rating=4, feedback="", at=at).rating == 4


def test_the_parent_of_somebody_of_age_neither_reads_nor_rates(math: Subject, at: datetime) -> None:
    grown = person("Ada", age=19, at=at)
    toni, _ = tutor_and_student(at, student=grown)
    grace = parent_of(grown, at=at)
    session = tutoring.log_session(tutor=toni, draft=session_draft(grown, math, at), at=at)
    assert session.parent is None
    with pytest.raises(RatingRefused):
        tutoring.rate_session(session=session, by=grace, rating=5, feedback="", at=at)
    with time_machine.travel(at, tick=False):
        client = browser(grace)
        assert client.get(f"/sessions/{session.pk}/").status_code == 404
        assert "No sessions yet" in client.get("/sessions/").content.decode()


def test_what_it_costs(math: Subject, at: datetime) -> None:
    toni, ada = tutor_and_student(at)
    with counting() as captured:
        session = tutoring.log_session(tutor=toni, draft=session_draft(ada, math, at, transcript=VTT), at=at)
    assert len(statements(captured)) == 5
    with counting() as captured:
        tutoring.rate_session(session=session, by=ada, rating=4, feedback="", at=at)
    assert len(statements(captured)) == 2
    with counting() as captured:
        tutoring.rate_session(session=session, by=ada, rating=5, feedback="", at=at)
    assert len(statements(captured)) == 5


# -- Pages -------------------------------------------------------------------------------------------------
def form(ada: User, math: Subject, **fields: Any) -> dict[str, Any]:
    start = {"started_at": "2026-03-04T13:00", "duration_min": "45"}
    return {"student_id": ada.pk, "subject": math.pk, "transcript_text": ""} | start | fields


def post(client: Client, data: dict[str, Any], at: datetime) -> HttpResponse:
    with time_machine.travel(at, tick=False):
        return client.post("/sessions/new/", data)  # type: ignore[return-value]


def test_a_tutor_uploads_a_transcript(math: Subject, at: datetime) -> None:
    toni, ada = tutor_and_student(at)
    upload = SimpleUploadedFile("lesson.vtt", b"\xef\xbb\xbf" + VTT.replace("\n", "\r\n").encode())
    saved = post(browser(toni), form(ada, math, transcript_file=upload), at)
    session = TutoringSession.objects.get()
    assert saved.headers["Location"] == f"/sessions/{session.pk}/"
    assert (session.transcript, session.transcript_kind, session.duration_min) == (VTT, "vtt", 45)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"student_id": ""}, "This field is required"),
        ({"student_id": "999"}, "Select a valid choice"),
        ({"started_at": "2026-03-04T14:30"}, "The session is not over yet"),
        ({"duration_min": "500"}, "less than or equal to 480"),
        ({"transcript_file": b"\xff\xfe\x00"}, "This file is not text in UTF-8"),
        ({"transcript_file": b""}, "This file is empty"),
        ({"transcript_file": b"a\x00b"}, "This file is not text"),
        ({"transcript_file": b"x" * (2 * 1024 * 1024 + 1)}, "larger than 2 MB"),
        ({"transcript_file": b"a", "transcript_text": "b"}, "Add the transcript once"),
        ({"transcript_text": "é" * (1024 * 1024 + 1)}, "This is more than 2 MB"),
    ],
)
def test_mistakes_are_told_beside_their_field(
    math: Subject, at: datetime, fields: dict[str, Any], message: str
) -> None:
    toni, ada = tutor_and_student(at)
    data = dict(fields)
    if "transcript_file" in data:
        data["transcript_file"] = SimpleUploadedFile("lesson.txt", data["transcript_file"])
    page = post(browser(toni), form(ada, math, **data), at)
    assert page.status_code == 200
    assert message in page.content.decode()
    assert TutoringSession.objects.count() == 0


def test_a_transcript_that_may_not_be_kept_is_refused_with_the_reason(math: Subject, at: datetime) -> None:
    toni, ada = tutor_and_student(at)
    User.objects.filter(pk=ada.pk).update(transcription=False)
    client = browser(toni)
    page = post(client, form(ada, math, transcript_text="Hello"), at).content.decode()
    assert "Ada L. has switched off transcription. Log the session without a transcript." in page
    assert TutoringSession.objects.count() == 0
    assert post(client, form(ada, math), at).status_code == 302


def test_a_tutor_without_students_reads_why(at: datetime) -> None:
    toni = person("Toni", age=33, role="tutor", grade=None)
    assert "Staff connect you with your students" in browser(toni).get("/sessions/new/").content.decode()


def test_everybody_sees_their_own_sessions_and_no_others(math: Subject, at: datetime) -> None:
    toni, ada, session = logged(at, math, transcript=VTT)
    grace = parent_of(ada, at=at)
    path = f"/sessions/{session.pk}/"
    strangers = (
        person("Bo"),
        person("Tim", age=40, role="tutor", grade=None),
        person("Hal", age=44, role="parent", grade=None),
        person("Root", age=44, role="admin", grade=None, is_staff=True, is_superuser=True),
    )
    with time_machine.travel(at, tick=False):
        for reader in (toni, ada, grace):
            client = browser(reader)
            assert "Let us begin with fractions" in client.get(path).content.decode()
            assert path in client.get("/sessions/").content.decode()
        for stranger in strangers:
            client = browser(stranger)
            assert (client.get(path).status_code, client.post(path, {"rating": 5}).status_code) == (404, 404)
            assert "No sessions yet" in client.get("/sessions/").content.decode()
            if stranger.role != "tutor":
                assert client.get("/sessions/new/").status_code == 404
        assert browser(toni).post(path, {"rating": "5"}).status_code == 404
        assert browser().get(path).status_code == 302
    session.refresh_from_db()
    assert session.rating is None


def test_a_family_rates_on_the_page_and_the_tutor_reads_it(math: Subject, at: datetime) -> None:
    toni, ada, session = logged(at, math)
    path = f"/sessions/{session.pk}/"
    with time_machine.travel(at, tick=False) as clock:
        client = browser(ada)
        assert "How was your session?" in client.get("/sessions/to-rate/").content.decode()
        assert "Choose one to five stars" in client.post(path, {"rating": ""}).content.decode()
        assert "Select a valid choice" in client.post(path, {"rating": "9"}).content.decode()
        sent = client.post(path, {"rating": "5", "feedback": "<b>Great</b>"}, follow=True).content.decode()
        assert "You can change your rating for 24 hours" in sent
        assert client.get("/sessions/to-rate/").status_code == 204
        tutors = browser(toni).get(path).content.decode()
        assert "&lt;b&gt;Great&lt;/b&gt;" in tutors
        assert "5 of 5 stars" in tutors
        clock.shift(DAY)
        assert "more than 24 hours old and can no longer be changed" in client.get(path).content.decode()
        late = client.post(path, {"rating": "1"}).content.decode()
        assert "A rating can be changed for 24 hours. Yours is final now." in late
    session.refresh_from_db()
    assert session.rating == 5


@pytest.mark.parametrize("sessions", [1, 30])
def test_lists_cost_the_same_however_long(math: Subject, at: datetime, sessions: int) -> None:
    toni, ada = tutor_and_student(at)
    for number in range(sessions):
        when = at - number * DAY
        tutoring.log_session(tutor=toni, draft=session_draft(ada, math, when), at=at)
    client = browser(toni)
    with counting() as captured:
        page = client.get("/sessions/").content.decode()
    assert page.count("with Ada L.") == sessions
    assert len(statements(captured)) == 2


def test_staff_assign_and_only_tutors_to_learners(at: datetime) -> None:
    toni, ada = person("Toni", age=33, role="tutor", grade=None), person("Ada")
    staff = browser(User.objects.create_superuser("root", "root@example.com", "correct-horse-9"))
    when = {"created_at_0": "2026-03-04", "created_at_1": "12:00:00"}
    for tutor, student in ((ada, toni), (toni, toni)):
        staff.post("/admin/learning/tutorstudent/add/", {"tutor": tutor.pk, "student": student.pk} | when)
    assert TutorStudent.objects.count() == 0
    staff.post("/admin/learning/tutorstudent/add/", {"tutor": toni.pk, "student": ada.pk} | when)
    assert TutorStudent.objects.count() == 1


def test_staff_do_not_read_what_was_said(math: Subject, at: datetime) -> None:
    _, _, session = logged(at, math, transcript=VTT)
    gap = {"text": "Ada mixes the denominators up.", "cues": [1]}
    tutoring.record_summary(session_id=session.pk, summary={"skill_gaps": [gap]}, at=at)
    staff = browser(User.objects.create_superuser("root", "root@example.com", "correct-horse-9"))
    listed = "/admin/learning/tutoringsession/"
    path = f"{listed}{session.pk}/change/"
    give_reason(staff, path)
    with counting() as captured:
        page = staff.get(path).content.decode()
        staff.get(listed)
    assert "toni" in page
    assert "Processed at" in page
    for word in ("fractions", "denominators", "skill_gaps"):
        assert word not in page
    for column in ("transcript", "summary"):  # and neither is read
        assert not any(f'tutoringsession"."{column}"' in statement for statement in statements(captured))


def test_a_purged_child_takes_their_sessions_along(math: Subject, at: datetime) -> None:
    kid = child("Comet")
    toni, _ = tutor_and_student(at, student=kid)
    tutoring.log_session(tutor=toni, draft=session_draft(kid, math, at), at=at)
    kid.delete()
    assert TutoringSession.objects.count() == 0
