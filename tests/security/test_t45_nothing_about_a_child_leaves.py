"""Threat 45: the provider keeps what it gets. Asserted on the wire: nothing in the body tells who the child is."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from pytest_django import Settings

from loops.session_intelligence.models import SessionPipeline
from loops.session_intelligence.services.pipeline import process_sessions
from tests.ai_provider import messages, provided, reply, summary_json
from tests.factories import Committed, parent_of, person
from tests.loops.session_intelligence.sessions import logged_session, loop_row
from viral_engine.accounts.models import Friendship, User
from viral_engine.accounts.services import consent
from viral_engine.learning.models import Subject

pytestmark = pytest.mark.django_db
SAID = """
Toni: Hi José, how is Riverside Middle School?
José: Fine. My friend Bo and my teacher Mr. Okonkwo say hi.
Toni: José Núñez, let us do fractions.
José: I don't understand fractions. Call my mom Grace at 555-867-5309 or write to grace.lovelace@example.com.
Toni: You live at 14 Birch Lane, right?
José: Yes, and my page is https://photos.example.com/jose?key=1 and my snapchat is jose_codes_99.
Toni: My social security number is 123-45-6789.
josé: nunez is my last name and bo is my best friend
"""
SECRETS = (
    "josé", "jose", "núñez", "nunez", "toni", "grace", "lovelace", "riverside", "okonkwo", "867-5309", "example.com",
    "birch", "photos", "codes_99", "123-45", "bo ", "toni@", "key-of",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    loop_row()
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def jose(at: datetime) -> User:
    jose = person("José", at=at, last_name="Núñez", email="jose@example.com")
    bo = person("Bo", at=at)
    low, high = sorted((jose.pk, bo.pk))
    Friendship.objects.create(
        low_id=low, high_id=high, requested_by=jose, status=Friendship.Status.ACCEPTED, changed_at=at
    )
    return jose


def test_the_body_names_nobody(
    math: Subject, at: datetime, jose: User, settings: Settings, committed: Committed
) -> None:
    grace = parent_of(jose, at=at)
    consent.give_consent(parent=grace, child=jose, kind="third_party", method="email_plus", ip_hash="", at=at)
    with messages(reply(summary_json(skill_gaps=[]))) as provider:
        provided(settings, provider)
        with committed():
            logged_session(at, math, student=jose, transcript=SAID)
        with committed():
            process_sessions(at=at)
    [body] = provider.bodies
    wire = json.dumps(body, ensure_ascii=False).lower()
    assert [secret for secret in SECRETS if secret in wire] == []
    assert "i don't understand fractions" in wire
    assert "[student]" in wire
    counts = SessionPipeline.objects.get().redactions
    assert {"name", "phone", "email", "address", "link", "school", "id", "account"} <= set(counts)


def test_withdrawing_the_consent_ends_all_calls(
    math: Subject, at: datetime, jose: User, settings: Settings, committed: Committed
) -> None:
    grace = parent_of(jose, at=at)
    consent.give_consent(parent=grace, child=jose, kind="third_party", method="email_plus", ip_hash="", at=at)
    with messages(reply(summary_json())) as provider:
        provided(settings, provider)
        with committed():
            session = logged_session(at, math, student=jose, transcript=SAID)
            consent.withdraw_consent(parent=grace, child=jose, kind="third_party", at=at)
        with committed():
            process_sessions(at=at + timedelta(minutes=1))
    assert provider.bodies == []
    session.refresh_from_db()
    assert session.summary["made_by"] == "extractive"
