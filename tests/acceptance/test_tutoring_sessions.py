"""A tutoring session over HTTP: the tutor logs it, a parent reads and rates it, the transcript is deleted in time."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.factories import browser, child, parent_of, person
from tests.ledgers import events
from tests.steps.retention import purge
from viral_engine.accounts.services import consent
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import Delivery
from viral_engine.learning.models import Subject, TutoringSession, TutorStudent
from viral_engine.seed import TRANSCRIPT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalogue")]


def test_a_session_from_its_log_to_five_stars_and_its_deleted_transcript(math: Subject) -> None:
    toni = person("Toni", age=33, role="tutor", grade=None)
    kid = child("Comet")
    grace = parent_of(kid, at=now())
    at_toni, at_grace, at_kid = browser(toni), browser(grace), browser(kid)
    start = (now() - timedelta(hours=2)).replace(second=0, microsecond=0)
    facts = {
        "student_id": kid.pk,
        "subject": math.pk,
        "started_at": start.strftime("%Y-%m-%dT%H:%M"),
        "duration_min": "45",
    }

    def upload() -> dict[str, object]:
        return facts | {"transcript_file": SimpleUploadedFile("lesson.vtt", TRANSCRIPT.read_bytes())}

    # Staff have not assigned the child to Toni yet: the choice is missing and cannot be forged.
    assert "Staff connect you" in at_toni.get("/sessions/new/").content.decode()
    assert at_toni.post("/sessions/new/", facts).status_code == 200
    TutorStudent.objects.create(tutor=toni, student=kid, created_at=now())

    # Without consent the session may be logged, but not its transcript.
    assert "no parent has agreed" in at_toni.post("/sessions/new/", upload()).content.decode()
    assert not TutoringSession.objects.exists()
    consent.give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=now())
    saved = at_toni.post("/sessions/new/", upload())
    session = TutoringSession.objects.get()
    assert saved.headers["Location"] == f"/sessions/{session.pk}/"
    assert (session.parent, session.transcript_kind, session.started_at) == (grace, "vtt", start)
    assert "Your rating" not in at_toni.get(saved.headers["Location"]).content.decode()
    [completed] = events("session_completed")
    assert (completed.actor_id, completed.properties["has_transcript"]) == (toni.pk, True)
    assert "already logged this session" in at_toni.post("/sessions/new/", upload()).content.decode()

    # Parent and child read it; the parent's five stars count once even when sent twice.
    path = f"/sessions/{session.pk}/"
    for reader in (at_grace, at_kid):
        assert "common denominator" in reader.get(path).content.decode()
    for _ in range(2):
        assert at_grace.post(path, {"rating": "5", "feedback": "Thank you!"}).status_code == 302
    [stars] = events("session_rated_five_stars")
    assert (stars.actor_id, stars.properties["tutor_id"], stars.properties["rated_by_id"]) == (
        toni.pk,
        toni.pk,
        grace.pk,
    )
    assert "Thank you!" in at_toni.get(path).content.decode()

    # After 90 days the transcript is gone, and the session remains.
    assert purge("transcripts", now() + timedelta(days=91)) == 1
    page = at_grace.get(path).content.decode()
    assert "The transcript has been deleted" in page
    assert "common denominator" not in page
    assert not Delivery.objects.filter(processed_at=None).exists()


def test_withdrawn_consent_deletes_the_transcript(math: Subject) -> None:
    kid, toni = child("Comet"), person("Toni", age=33, role="tutor", grade=None)
    grace = parent_of(kid, at=now())
    consent.give_consent(parent=grace, child=kid, kind="coppa", method="email_plus", ip_hash="", at=now())
    TutorStudent.objects.create(tutor=toni, student=kid, created_at=now())
    start = (now() - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    facts = {"student_id": kid.pk, "subject": math.pk, "started_at": start, "duration_min": "45"}
    browser(toni).post("/sessions/new/", facts | {"transcript_text": "Toni: Hello"})
    assert TutoringSession.objects.get().transcript == "Toni: Hello"
    client = browser(grace)
    assert client.post(f"/family/{kid.pk}/withdraw/coppa/").status_code == 302
    assert TutoringSession.objects.get().transcript == ""
