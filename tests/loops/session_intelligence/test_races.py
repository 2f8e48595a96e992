"""Two at once: workers that try the same held action, a recall, and a withdrawal. Nothing waits in a circle."""

from datetime import datetime, timedelta

import pytest

from loops.models import Link, Prompt
from loops.session_intelligence.models import SessionAction
from loops.session_intelligence.services.actions import retry_held
from loops.session_intelligence.services.pipeline import process_sessions
from loops.session_intelligence.services.recall import recall_action
from tests.concurrency import at_once
from tests.factories import parent_of, person
from tests.loops.session_intelligence.sessions import logged_session, loop_row
from viral_engine.accounts.models import User
from viral_engine.accounts.services import consent
from viral_engine.kernel.clock import now
from viral_engine.kernel.models import LoggedEvent
from viral_engine.learning.models import Subject, TutoringSession
from viral_engine.safety.services import check_action

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _rows() -> None:
    loop_row()


def held_session(math: Subject, at: datetime) -> TutoringSession:
    session = logged_session(at, math)
    for _ in range(10):
        check_action(user=session.tutor, action="session_action", at=at)
    process_sessions(at=at)
    assert SessionAction.objects.filter(owner=session.tutor, status="held").count() == 2
    return session


def test_two_workers_make_a_held_action_once(math: Subject) -> None:
    at = now()
    session = held_session(math, at)
    later = at + timedelta(minutes=61)
    made: list[int] = []
    assert at_once(4, lambda _: made.append(retry_held(at=later))) == {None: 4}
    assert sum(made) == 2
    assert Link.objects.filter(referrer=session.tutor).count() == Prompt.objects.filter(user=session.tutor).count() == 2
    assert LoggedEvent.objects.filter(type="session_action_made", actor_id=session.tutor_id).count() == 2


def test_an_action_that_is_recalled_while_it_is_made_leaves_no_open_link(math: Subject) -> None:
    at = now()
    session = held_session(math, at)
    later = at + timedelta(minutes=61)
    shares = SessionAction.objects.select_related("session__student").get(kind="tutor_share")

    def act(number: int) -> None:
        if number:
            retry_held(at=later)
        else:
            recall_action(action=shares, by=session.tutor, at=later)

    assert at_once(3, act) == {None: 3}
    shares.refresh_from_db()
    assert shares.status == "recalled"
    assert not Link.objects.filter(session_action=shares, deactivated_at=None).exists()


def agreed(at: datetime) -> tuple[User, User]:
    ada = person("Ada")
    grace = parent_of(ada, at=at)
    consent.give_consent(parent=grace, child=ada, kind="ferpa", method="email_plus", ip_hash="", at=at)
    return ada, grace


def test_a_recall_and_a_withdrawal_take_turns_and_neither_comes_back(math: Subject) -> None:
    at = now()
    ada, grace = agreed(at)
    session = logged_session(at, math, student=ada)
    process_sessions(at=at)
    celebration = SessionAction.objects.select_related("session__student").get(kind="celebration")

    def act(number: int) -> None:
        if number:
            consent.withdraw_consent(parent=grace, child=ada, kind="ferpa", at=now())
        else:
            recall_action(action=celebration, by=session.tutor, at=now())

    assert at_once(2, act) == {None: 2}
    consent.give_consent(parent=grace, child=ada, kind="ferpa", method="email_plus", ip_hash="", at=now())
    celebration.refresh_from_db()
    assert (celebration.status, celebration.reason) == ("recalled", "")
    assert not Link.objects.filter(session_action__status="recalled", deactivated_at=None).exists()
    assert Link.objects.filter(session_action__kind="beat_my_skill", deactivated_at=None).exists()


def test_a_withdrawal_while_the_actions_are_made_leaves_no_record_open(math: Subject) -> None:
    at = now()
    ada, grace = agreed(at)
    logged_session(at, math, student=ada)

    def act(number: int) -> None:
        if number:
            consent.withdraw_consent(parent=grace, child=ada, kind="ferpa", at=now())
        else:
            process_sessions(at=at)

    assert at_once(2, act) == {None: 2}
    records = Link.objects.filter(session_action__kind__in=["celebration", "parent_reel"], deactivated_at=None)
    assert not records.exists()
