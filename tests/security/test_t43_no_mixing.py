"""Threat 43: one pupil's words in another pupil's summary. Two canary sessions run at once and never mix."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from pytest_django import Settings

from loops.models import Loop
from loops.session_intelligence.models import SessionAction, SessionPipeline
from loops.session_intelligence.services.pipeline import process_sessions
from tests.ai_provider import messages, provided, reply, summary_json
from tests.concurrency import at_once
from tests.factories import parent_of, person
from tests.loops.session_intelligence.sessions import loop_row
from viral_engine.accounts.models import User
from viral_engine.accounts.services import consent
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Subject, TutoringSession, TutorStudent
from viral_engine.learning.services import tutoring
from viral_engine.learning.services.tutoring import SessionDraft

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = {"Ada": "zanzibar", "Bo": "timbuktu"}


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    cache.clear()
    loop_row()
    yield
    cache.clear()
    Loop.objects.filter(name="session_intelligence").update(is_on=True)


def canary_session(tutor: User, name: str, math: Subject, at: datetime) -> TutoringSession:
    student = person(name)
    parent = parent_of(student, f"{name}s parent", at=at)
    consent.give_consent(parent=parent, child=student, kind="third_party", method="email_plus", ip_hash="", at=at)
    TutorStudent.objects.create(tutor=tutor, student=student, created_at=at)
    word = WORDS[name]
    text = (
        f"Toni: Let us do fractions, {name}.\n{name}: I don't understand the {word} fraction.\n"
        f"Toni: The {word} one is a half.\n{name}: Oh, now I get it, the {word} is like a half of a pizza fraction!\n"
        f"Toni: For homework do the {word} exercises on fractions.\n{name}: Okay."
    )
    draft = SessionDraft(student.pk, math, at - timedelta(hours=1), duration_min=30, transcript=text)
    return tutoring.log_session(tutor=tutor, draft=draft, at=at)


@pytest.mark.parametrize("is_provided", [False, True])
def test_two_sessions_at_once_never_mix(math: Subject, settings: Settings, *, is_provided: bool) -> None:
    at = now()
    toni = person("Toni", age=33, role="tutor", grade=None)
    sessions = {name: canary_session(toni, name, math, at) for name in WORDS}
    with messages(reply(summary_json(skill_gaps=[]))) as provider:
        if is_provided:
            provided(settings, provider)
        at_once(2, lambda _: process_sessions(at=now()))
    assert SessionPipeline.objects.filter(stage="delivered").count() == 2
    for name, session in sessions.items():
        session.refresh_from_db()
        other = next(word for who, word in WORDS.items() if who != name)
        written = json.dumps(session.summary)
        assert other not in written
        assert is_provided or WORDS[name] in written
        owners = set(SessionAction.objects.filter(session=session).values_list("owner", flat=True))
        assert owners <= {
            session.student_id,
            session.tutor_id,
            *session.student.guardians.values_list("parent", flat=True),
        }
    assert len(provider.bodies) == (2 if is_provided else 0)
    for body in map(json.dumps, provider.bodies):
        assert sum(word in body for word in WORDS.values()) == 1
        assert not any(name in body for name in ("Ada", "Bo", "Toni"))
