"""Hole 6: redaction where a text leaves its author: chat, cards, logs. Transcripts have a corpus of their own."""

from uuid import uuid4

import pytest

from feeds.models import Message
from feeds.services.chat import post_message
from loops.media.text import drawable_text
from tests.factories import child, cohort_of, counting, parent_of, person, statements, verify_parent
from viral_engine.accounts.models import User
from viral_engine.accounts.services.consent import give_consent
from viral_engine.kernel.clock import now
from viral_engine.kernel.logging_setup import scrub
from viral_engine.safety.models import ReviewItem

pytestmark = pytest.mark.django_db


def cohort() -> tuple[User, int]:
    """Ada Lovelace, Bo Nuñez and a child whom the cohort knows as `comet`, Cy Quill."""
    at = now()
    ada, bo = person("Ada"), person("Bo", last_name="Nuñez")
    kid = child("comet", first_name="Cy", last_name="Quill")
    return ada, cohort_of(ada, bo, kid, at=at).pk


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("Hi Bo, is it 5 < 7?", "Hi Bo, is it 5 < 7?"),
        ("My full name is Ada Lovelace", "My full name is Ada [name]"),
        ("ask BO NUNEZ or nuñez's brother", "ask BO [name] or [name] brother"),
        ("comet is Cy, cy quill", "comet is [name], [name] [name]"),
        ("voy al colegio San Martín", "voy al [school]"),
        ("the icy quilt is 123 by 456", "the icy quilt is 123 by 456"),
        ("Isaac Newton and Emmy", "Isaac Newton and Emmy"),
    ],
)
def test_h06_a_message_names_nobody_beyond_what_the_cohort_shows(said: str, stored: str) -> None:
    ada, cohort_id = cohort()
    message = post_message(author=ada, cohort_id=cohort_id, text=said, key=uuid4(), at=now())
    assert message.text == Message.objects.get().text == stored


def test_h06_a_child_with_a_verified_parents_consent_is_called_by_its_first_name() -> None:
    ada, cohort_id = cohort()
    kid = User.objects.get(username="comet")
    parent = parent_of(kid, at=now())
    give_consent(parent=parent, child=kid, kind="coppa", method="email_plus", ip_hash="", at=now())
    verify_parent(parent, kid, at=now())
    message = post_message(author=ada, cohort_id=cohort_id, text="Cy Quill is here", key=uuid4(), at=now())
    assert message.text == "Cy [name] is here"


def test_h06_staff_read_the_redacted_text_and_a_message_costs_what_it_says() -> None:
    ada, cohort_id = cohort()
    post_message(author=ada, cohort_id=cohort_id, text="Warm up", key=uuid4(), at=now())
    with counting() as captured:
        post_message(author=ada, cohort_id=cohort_id, text="Is Discord good? I am Ada Lovelace", key=uuid4(), at=now())
    assert "Lovelace" not in str(ReviewItem.objects.get().evidence)
    assert len(statements(captured)) <= 12


@pytest.mark.parametrize(
    "private", ["555-123-4567", "123-45-6789", "12 Maple Street", "ada@example.com", "Lincoln Middle School"]
)
def test_h06_no_card_and_no_log_line_shows_where_a_person_is(private: str) -> None:
    assert private not in drawable_text(f"Ask me: {private}.", 200)
    assert private not in scrub(f"failed: {private}.") or "School" in private  # logs hold no words of people
    assert drawable_text("80% in Algebra at tutoring.example") == "80% in Algebra at tutoring.example"
