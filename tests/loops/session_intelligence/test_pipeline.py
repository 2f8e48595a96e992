"""The pipeline of a session: stages, retries, dead letters, and rights that end meanwhile."""

from datetime import datetime, timedelta

import pytest

from loops.core import orchestrator
from loops.session_intelligence.models import SessionAction, SessionPipeline
from loops.session_intelligence.services.pipeline import process_sessions
from monitoring.models import Alert
from monitoring.services import run_health_check
from tests.factories import Committed, browser, parent_of, person
from tests.loops.session_intelligence.sessions import logged_session, loop_row, processed_session
from tests.steps.admin import choose_action
from viral_engine.accounts.services import consent, preferences
from viral_engine.kernel.models import Decision, LoggedEvent
from viral_engine.learning.models import Subject, TutoringSession

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rows() -> None:
    loop_row()


def kinds(session: TutoringSession) -> set[tuple[str, str]]:
    return set(SessionAction.objects.filter(session=session).values_list("kind", "status"))


def test_a_session_goes_through_every_stage_once(math: Subject, at: datetime, committed: Committed) -> None:
    with committed():
        session = logged_session(at, math)
    assert SessionPipeline.objects.get().stage == "received"
    with committed():
        assert process_sessions(at=at) == 1
        assert process_sessions(at=at + timedelta(minutes=5)) == 0
    row = SessionPipeline.objects.get()
    assert (row.stage, row.delivered_at, row.last_error) == ("delivered", row.delivered_at, "")
    assert row.redactions["name"] >= 1
    session.refresh_from_db()
    assert session.processed_at is not None
    assert session.summary["made_by"] == "extractive"
    assert kinds(session) == {
        ("beat_my_skill", "ready"),
        ("study_buddy", "ready"),
        ("celebration", "refused"),  # a school record of a minor, and no parent agreed
        ("tutor_share", "ready"),
        ("prep_pack", "ready"),
    }
    assert row.shortfall == []
    for kind in ("session_summarized", "session_delivered"):
        assert LoggedEvent.objects.filter(type=kind).count() == 1, kind
    assert LoggedEvent.objects.filter(type="session_action_made").count() == 4
    assert Decision.objects.get(agent="session_intelligence").outcome == "extractive"
    triggered = LoggedEvent.objects.filter(type="agentic_action_triggered")
    assert {one.properties["loop"] for one in triggered} == {"session_intelligence"}


def test_a_session_without_a_transcript_is_left_alone(math: Subject, at: datetime, committed: Committed) -> None:
    with committed():
        logged_session(at, math, transcript="")
    assert not SessionPipeline.objects.exists()


def test_a_short_session_says_why_it_gives_fewer_than_four(math: Subject, at: datetime, committed: Committed) -> None:
    session = processed_session(at, math, committed, golden="silent_short")
    assert kinds(session) == {("tutor_share", "ready"), ("prep_pack", "ready")}
    assert SessionPipeline.objects.get().shortfall == [
        "We found no skill gap.",
        "We found no homework, and no test within a week.",
        "We found no breakthrough.",
        "The session's quality was under 4.",
    ]
    page = browser(session.tutor).get(f"/sessions/{session.pk}/insights/").content.decode()
    assert "fewer than four ideas" in page
    assert "<li>We found no breakthrough.</li>" in page


def test_a_refused_idea_is_explained_without_codes(math: Subject, at: datetime, committed: Committed) -> None:
    words = "Toni: Fractions today.\nAda: Oh, now I get it, a half is like a piece of a pizza fraction!\nToni: Good."
    session = processed_session(at, math, committed, transcript=words)
    assert ("celebration", "refused") in kinds(session)
    assert SessionPipeline.objects.get().shortfall == [
        "We found no skill gap.",
        "We found no homework, and no test within a week.",
        "The session's quality was under 4.",
        "Celebrate: School records stay private unless a parent agrees to share them.",
    ]


def test_what_fails_is_tried_three_times_and_then_shown_to_on_call(
    math: Subject, at: datetime, committed: Committed, monkeypatch: pytest.MonkeyPatch
) -> None:
    with committed():
        session = logged_session(at, math)
    broken = ValueError("Ada said something")

    def fail(*_: object) -> object:
        raise broken

    monkeypatch.setattr(orchestrator, "trigger_event", fail)
    for minutes in range(3):
        assert process_sessions(at=at + timedelta(minutes=2 * minutes)) == 0
    row = SessionPipeline.objects.get()
    assert (row.stage, row.attempts, row.last_error) == ("summarized", 3, "ValueError")
    assert row.dead_lettered_at is not None
    staff = browser(person("Root", is_staff=True, is_superuser=True))
    page = staff.get("/admin/loops/sessionpipeline/?dead_lettered_at__isempty=0").content.decode()
    assert "Try these again" in page
    assert "ValueError" in page
    monkeypatch.undo()
    choose_action(staff, "/admin/loops/sessionpipeline/", "requeue", session.pk)
    assert process_sessions(at=at + timedelta(minutes=9)) == 1
    assert SessionAction.objects.filter(session=session, status="ready").count() == 4


def test_withdrawn_consent_stops_the_pipeline_and_forgets_the_summary(
    math: Subject, at: datetime, committed: Committed
) -> None:
    ada = person("Ada", at=at)
    with committed():
        session = logged_session(at, math, student=ada)
        preferences.set_preferences(user=ada, avatar="mint", at=at, transcription=False)
    assert not SessionPipeline.objects.exists()
    assert process_sessions(at=at) == 0
    session.refresh_from_db()
    assert (session.transcript, session.summary) == ("", {})


def test_a_celebration_of_a_minor_needs_the_ferpa_consent_and_ends_with_it(
    math: Subject, at: datetime, committed: Committed
) -> None:
    ada = person("Ada", at=at)
    grace = parent_of(ada, at=at)
    with committed():
        consent.give_consent(parent=grace, child=ada, kind="ferpa", method="email_plus", ip_hash="", at=at)
        session = logged_session(at, math, student=ada)
    with committed():
        process_sessions(at=at)
    standing = dict(kinds(session))
    assert (standing["celebration"], standing["parent_reel"]) == ("ready", "ready")
    with committed():
        consent.withdraw_consent(parent=grace, child=ada, kind="ferpa", at=at + timedelta(hours=1))
    standing = dict(kinds(session))
    assert (standing["celebration"], standing["parent_reel"]) == ("recalled", "recalled")
    assert standing["prep_pack"] == "ready"
    reel = SessionAction.objects.select_related("link").get(kind="parent_reel")
    assert reel.link is not None
    assert reel.link.deactivated_at is not None


def test_on_call_hears_of_a_session_that_no_worker_takes(math: Subject, at: datetime, committed: Committed) -> None:
    with committed():
        logged_session(at, math)
    minute = timedelta(minutes=1)
    run_health_check(at=at + 14 * minute)
    assert not Alert.objects.filter(key="sessions").exists()
    run_health_check(at=at + 16 * minute)
    assert Alert.objects.get(key="sessions").resolved_at is None
    with committed():
        process_sessions(at=at + 17 * minute)
    for later in (18, 19):
        run_health_check(at=at + later * minute)
    assert Alert.objects.get(key="sessions").resolved_at is not None
