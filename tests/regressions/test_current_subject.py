"""The subject a person practices now is kept on their account, whatever starts the attempt."""

from datetime import datetime

import pytest
from django.test import Client

from tests.factories import browser, guest, person, practice
from viral_engine.accounts.events import GuestMerged
from viral_engine.accounts.models import User
from viral_engine.learning.models import Skill, Subject
from viral_engine.learning.services import assessments, claims, decks

pytestmark = pytest.mark.django_db


def kept(user: User) -> str:
    return User.objects.values_list("current_subject", flat=True).get(pk=user.pk)


def test_each_kind_of_attempt_keeps_its_subject(catalogue: None, at: datetime) -> None:
    ada, math, science = person("Ada"), Subject.objects.get(slug="math"), Subject.objects.get(slug="science")
    assert kept(ada) == ""
    practice(ada, Skill.objects.filter(subject=math).select_related("subject")[0], at=at)
    assert kept(ada) == "math"
    assessments.start_practice_test(user=ada, subject=science, at=at)
    assert kept(ada) == "science"
    assessments.start_diagnostic(owner=ada, subject=math, link_code="", at=at)
    assert kept(ada) == "math"
    reading = Skill.objects.filter(subject__slug="reading").select_related("subject")[0]
    decks.start_deck(deck=decks.create_deck(skill_slug=reading.slug, at=at), owner=ada, link_code="", at=at)
    assert kept(ada) == "reading"


def test_a_practice_started_on_the_page_keeps_its_subject(catalogue: None) -> None:
    ada = person("Ada")
    client: Client = browser(ada)
    assert client.post("/practice/start/algebra/").status_code == 302
    assert kept(ada) == "math"


def test_what_a_person_did_as_a_guest_counts_from_their_log_in_on(catalogue: None, at: datetime) -> None:
    ada, visitor = person("Ada", at=at), guest(at=at)
    science = Subject.objects.get(slug="science")
    assessments.start_diagnostic(owner=visitor, subject=science, link_code="", at=at)
    claims.claim_guest_attempts(GuestMerged(actor_id=ada.pk, guest_id=str(visitor.pk)), at)
    assert kept(ada) == "science"
