"""Recalled actions stay recalled: whatever hid their link meanwhile, and whatever is shown again later."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache

from loops.core.links import card_key
from loops.models import Link, Loop, Prompt
from loops.session_intelligence.models import SessionAction, SessionReminder
from loops.session_intelligence.rules.summary import summary_from
from loops.session_intelligence.services.actions import SessionForgotten, make_actions, retry_held
from loops.session_intelligence.services.recall import recall_action
from tests.factories import Committed, browser, parent_of, person
from tests.loops.session_intelligence.sessions import loop_row, processed_session
from viral_engine.accounts.models import Consent, HiddenRow, User
from viral_engine.accounts.services import consent, preferences
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.models import Subject, TutoringSession
from viral_engine.learning.rules.cues import read_cues

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _rows() -> None:
    loop_row()


@pytest.fixture
def ada(at: datetime) -> User:
    return person("Ada", at=at)


@pytest.fixture
def grace(ada: User, at: datetime) -> User:
    grace = parent_of(ada, at=at)
    consent.give_consent(parent=grace, child=ada, kind="ferpa", method="email_plus", ip_hash="", at=at)
    return grace


@pytest.fixture
def session(ada: User, grace: User, math: Subject, at: datetime, committed: Committed) -> TutoringSession:
    return processed_session(at, math, committed, student=ada)


def action_of(kind: str) -> SessionAction:
    return SessionAction.objects.select_related("session__student").get(kind=kind)


def test_a_recalled_link_stays_off_when_what_a_withdrawal_hid_is_shown_again(
    session: TutoringSession, ada: User, grace: User, at: datetime, committed: Committed
) -> None:
    beat, buddy = action_of("beat_my_skill"), action_of("study_buddy")
    with committed():
        consent.withdraw_consent(parent=grace, child=ada, kind="ferpa", at=at + HOUR)
    assert beat.link is not None
    assert HiddenRow.objects.filter(row_id=beat.link.pk, model=Link._meta.label).exists()
    recall_action(action=beat, by=session.tutor, at=at + HOUR)
    with committed():
        consent.give_consent(parent=grace, child=ada, kind="ferpa", method="email_plus", ip_hash="", at=at + 2 * HOUR)
    off, shown = (Link.objects.get(session_action=action) for action in (beat, buddy))
    assert (off.deactivated_at is not None, off.deactivation_reason) == (True, "person")
    assert shown.deactivated_at is None
    reel = Link.objects.get(session_action__kind="parent_reel")  # recalled by the withdrawal
    assert reel.deactivated_at is not None


def test_a_recall_ends_the_link_that_was_made_after_the_page_was_drawn(
    session: TutoringSession, at: datetime, committed: Committed
) -> None:
    link = Link.objects.get(session_action__kind="tutor_share")
    held = {"status": "held", "retry_at": at, "link": None, "deck": None}
    SessionAction.objects.filter(kind="tutor_share").update(**held)
    Prompt.objects.filter(user=session.tutor).delete()
    link.delete()
    drawn = action_of("tutor_share")
    with committed():
        assert retry_held(at=at + HOUR) == 1
    made = Link.objects.get(session_action=drawn)
    cache.set(card_key(made.code), b"a card")
    assert recall_action(action=drawn, by=session.tutor, at=at + HOUR)
    made.refresh_from_db()
    assert made.deactivated_at == at + HOUR
    assert cache.get(card_key(made.code)) is None


def test_a_link_that_a_parent_takes_back_takes_its_action_along(
    session: TutoringSession, ada: User, grace: User, at: datetime, committed: Committed
) -> None:
    link = Link.objects.get(session_action__kind="study_buddy")
    assert SessionReminder.objects.exists()
    with time_machine.travel(at + HOUR, tick=False), committed():
        browser(grace).post(f"/family/{ada.pk}/shared/link/{link.pk}/")
    buddy = action_of("study_buddy")
    assert (buddy.status, buddy.recalled_by) == ("recalled", None)
    assert not SessionReminder.objects.exists()
    link.refresh_from_db()
    assert link.deactivation_reason == "parent"
    assert LoggedEvent.objects.get(type="session_action_recalled").actor_id is None
    assert SessionAction.objects.filter(session=session, status="recalled").count() == 1


def test_switching_transcription_off_recalls_everything(
    session: TutoringSession, ada: User, at: datetime, committed: Committed
) -> None:
    assert SessionAction.objects.filter(session=session, status="ready").count() == 6
    with committed():
        preferences.set_preferences(user=ada, avatar="mint", at=at + HOUR, transcription=False)
    assert {action.status for action in SessionAction.objects.all()} == {"recalled"}
    assert not Link.objects.live(at + HOUR).filter(session_action__isnull=False).exists()
    assert not SessionReminder.objects.exists()


def test_nothing_is_made_of_a_transcript_that_was_deleted_meanwhile(
    ada: User, math: Subject, session: TutoringSession, at: datetime
) -> None:
    summary = summary_from(session.summary)
    assert summary is not None
    cues = read_cues(session.transcript, session.transcript_kind)
    SessionAction.objects.all().delete()
    TutoringSession.objects.update(transcript="", summary={})
    with pytest.raises(SessionForgotten):
        make_actions(session, summary, cues, at=at)
    assert not SessionAction.objects.exists()


# -- A parent's reel ---------------------------------------------------------------------------------------------
def test_only_the_parent_who_agreed_gets_a_reel(
    ada: User, grace: User, math: Subject, at: datetime, committed: Committed
) -> None:
    parent_of(ada, "Hal", at=at)
    processed_session(at, math, committed, student=ada)
    assert action_of("parent_reel").owner == grace


def test_a_reel_that_waited_needs_the_consent_of_the_moment(
    ada: User, grace: User, math: Subject, at: datetime, committed: Committed
) -> None:
    Loop.objects.filter(name="session_intelligence").update(is_on=False)
    processed_session(at, math, committed, student=ada)
    Loop.objects.filter(name="session_intelligence").update(is_on=True)
    reel = action_of("parent_reel")
    assert (reel.status, reel.owner) == ("waiting", grace)
    Consent.objects.filter(child=ada, kind="ferpa").update(withdrawn_at=at + HOUR)  # its listener has not run yet
    with time_machine.travel(at + HOUR, tick=False):
        answer = browser(grace).post(f"/sessions/actions/{reel.pk}/link/", follow=True).content.decode()
        assert "first agree on your family page" in answer
        assert not Link.objects.filter(referrer=grace).exists()
        Consent.objects.filter(child=ada, kind="ferpa").update(withdrawn_at=None)
        browser(grace).post(f"/sessions/actions/{reel.pk}/link/")
    assert Link.objects.get(referrer=grace).about == ada
