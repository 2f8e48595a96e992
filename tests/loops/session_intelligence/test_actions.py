"""Actions of a session: what waits for a button, which loop they feed, and who sees them."""

from datetime import datetime, timedelta

import pytest
import time_machine

from loops.core.links import create_link
from loops.models import Link, Loop, Prompt
from loops.session_intelligence.models import SessionAction, SessionPipeline
from loops.session_intelligence.services.actions import retry_held
from loops.session_intelligence.services.pipeline import process_sessions
from loops.session_intelligence.services.recall import recall_action
from tests.factories import Committed, browser, person, practice
from tests.learning.sessions import session_draft
from tests.loops.session_intelligence.sessions import logged_session, loop_row, processed_session
from viral_engine.accounts.models import User
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.models import Skill, Subject, TutoringSession, TutorStudent
from viral_engine.learning.services import tutoring
from viral_engine.safety.services import check_action

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rows() -> None:
    loop_row()


def test_an_offer_that_pacing_holds_back_waits_for_a_button(math: Subject, at: datetime, committed: Committed) -> None:
    ada = person("Ada", at=at)
    for ordinal in (1, 2, 3):  # today's offers are used up
        link = create_link(loop_name="session_intelligence", referrer=ada, at=at)
        Prompt.objects.create(
            user=ada, loop_id="session_intelligence", link=link, offered_at=at, offered_on=at.date(), ordinal=ordinal
        )
    session = processed_session(at, math, committed, student=ada)
    action = SessionAction.objects.get(kind="beat_my_skill")
    assert (action.status, action.link) == ("waiting", None)
    assert "prompt cap" in action.reason
    client = browser(ada)
    with time_machine.travel(at + timedelta(minutes=5), tick=False):
        assert "Make the link" in client.get(f"/sessions/{session.pk}/insights/").content.decode()
        assert browser(session.tutor).post(f"/sessions/actions/{action.pk}/link/").status_code == 404
        first = client.post(f"/sessions/actions/{action.pk}/link/")
        again = client.post(f"/sessions/actions/{action.pk}/link/")
    action.refresh_from_db()
    assert action.link is not None
    assert first.headers["Location"] == again.headers["Location"] == f"/loops/share/{action.link.code}/"
    assert Link.objects.filter(session_action__isnull=False, referrer=ada).count() == 1


def test_a_recent_result_makes_a_buddy_challenge(
    algebra: Skill, math: Subject, at: datetime, committed: Committed
) -> None:
    ada = person("Ada", at=at)
    practice(ada, algebra, right=4, at=at - timedelta(days=2))
    processed_session(at, math, committed, student=ada)
    action = SessionAction.objects.select_related("link__challenge").get(kind="beat_my_skill")
    assert action.link is not None
    assert (action.link.loop_id, action.link.challenge.score_to_beat) == ("buddy_challenge", 80)


def test_a_tutor_with_five_stars_gets_a_spotlight(math: Subject, at: datetime, committed: Committed) -> None:
    ada, bo = person("Ada", at=at), person("Bo", at=at)
    session = processed_session(at, math, committed, student=ada)
    toni = session.tutor
    assert Link.objects.get(session_action__kind="tutor_share").loop_id == "session_intelligence"
    tutoring.rate_session(session=session, by=ada, rating=5, feedback="", at=at)
    TutorStudent.objects.create(tutor=toni, student=bo, created_at=at)
    later = at + timedelta(days=1)
    with committed():
        draft = session_draft(bo, math, later, transcript=session.transcript)
        second = tutoring.log_session(tutor=toni, draft=draft, at=later)
    with committed():
        process_sessions(at=later)
    action = SessionAction.objects.select_related("link").get(kind="tutor_share", session=second)
    assert action.link is not None
    assert action.link.loop_id == "tutor_spotlight"
    loops = LoggedEvent.objects.filter(type="agentic_action_triggered", actor_id=toni.pk)
    assert {one.properties["loop"] for one in loops} == {"session_intelligence", "tutor_spotlight"}


def test_a_loop_that_is_switched_off_makes_no_links(math: Subject, at: datetime, committed: Committed) -> None:
    Loop.objects.filter(name="session_intelligence").update(is_on=False)
    session = processed_session(at, math, committed)
    assert set(SessionAction.objects.filter(session=session).values_list("status", flat=True)) == {"waiting", "refused"}
    assert Link.objects.count() == 0


def test_strangers_see_nothing(math: Subject, at: datetime, committed: Committed) -> None:
    session = processed_session(at, math, committed)
    strangers = (
        person("Bo"),
        person("Tim", age=40, role="tutor", grade=None),
        person("Hal", age=44, role="parent", grade=None),
    )
    for stranger in strangers:
        client = browser(stranger)
        for path in (f"/sessions/{session.pk}/insights/", f"/sessions/{session.pk}/prep/"):
            assert client.get(path).status_code == 404
    assert browser().get(f"/sessions/{session.pk}/insights/").status_code == 302


# -- Held actions ------------------------------------------------------------------------------------------------
def used_up(tutor: User, at: datetime) -> None:
    """Use the tutor's actions of this hour, as five sessions logged in a row do."""
    for _ in range(10):
        check_action(user=tutor, action="session_action", at=at)


def tutors(session: TutoringSession) -> dict[str, str]:
    mine = SessionAction.objects.filter(session=session, owner=session.tutor)
    return dict(mine.values_list("kind", "status"))


@pytest.fixture
def held(math: Subject, at: datetime, committed: Committed) -> TutoringSession:
    """A session whose tutor has none left for this hour."""
    with committed():
        session = logged_session(at, math)
    used_up(session.tutor, at)
    with committed():
        process_sessions(at=at)
    assert tutors(session) == {"tutor_share": "held", "prep_pack": "held"}
    return session


def test_what_a_cap_holds_back_is_tried_again_and_made(
    held: TutoringSession, at: datetime, committed: Committed
) -> None:
    assert SessionPipeline.objects.get().shortfall == []
    with time_machine.travel(at + timedelta(minutes=5), tick=False):
        page = browser(held.tutor).get(f"/sessions/{held.pk}/insights/").content.decode()
        assert "We try again by ourselves" in page
        assert "Make the link" not in page
        assert "Open the pack" in page
        share = SessionAction.objects.get(kind="tutor_share")
        browser(held.tutor).post(f"/sessions/actions/{share.pk}/link/")
    assert Link.objects.filter(referrer=held.tutor).count() == 0
    assert retry_held(at=at + timedelta(minutes=59)) == 0
    later = at + timedelta(minutes=61)
    with committed():
        assert retry_held(at=later) == 2
        assert retry_held(at=later) == 0
    assert tutors(held) == {"tutor_share": "ready", "prep_pack": "ready"}
    assert Link.objects.filter(referrer=held.tutor).count() == 2
    assert LoggedEvent.objects.filter(type="session_action_made", actor_id=held.tutor_id).count() == 2


def test_a_held_action_waits_an_hour_more_each_time_for_a_week(held: TutoringSession, at: datetime) -> None:
    for after in (timedelta(minutes=61), timedelta(minutes=122)):
        used_up(held.tutor, at + after)
        assert retry_held(at=at + after) == 0
        action = SessionAction.objects.get(kind="prep_pack")
        assert (action.status, action.reason) == ("held", "hourly_cap")
        assert action.retry_at == at + after + timedelta(hours=1)
    used_up(held.tutor, at + timedelta(days=7))
    assert retry_held(at=at + timedelta(days=7)) == 0
    assert tutors(held) == {"tutor_share": "refused", "prep_pack": "refused"}


def test_a_held_action_that_was_recalled_is_not_made(held: TutoringSession, at: datetime) -> None:
    share = SessionAction.objects.select_related("session__student").get(kind="tutor_share")
    assert recall_action(action=share, by=held.tutor, at=at)
    assert retry_held(at=at + timedelta(hours=2)) == 1
    assert tutors(held) == {"tutor_share": "recalled", "prep_pack": "ready"}
