"""A subject that has a page has sockets: one rule for the model, the address and the topic."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import NoReverseMatch, reverse

from presence.live_pages.base import page_for
from presence.rooms.base import room_for
from tests.factories import browser
from viral_engine.accounts.models import User
from viral_engine.learning.models import Subject

pytestmark = pytest.mark.django_db
FITTING = ["math", "social-studies", "k2", "a" * 40]
OTHERS = ["Social_Studies", "social_studies", "Math", "-math", "math-", "a" * 41, "math\n", "matemáticas"]


@pytest.mark.parametrize("slug", [*FITTING, *OTHERS])
def test_model_address_and_topics_agree(slug: str) -> None:
    fits = slug in FITTING
    assert (room_for(f"subject:{slug}") is not None) is fits
    assert (room_for(f"leaderboard:{slug}") is not None) is fits
    assert (room_for(f"leaderboard:cohort:7:{slug}") is not None) is fits
    assert (page_for(f"subject:{slug}") is not None) is fits
    if fits:
        Subject(slug=slug, name="Social studies").full_clean()
        assert slug in reverse("presence:subject", args=[slug])
        return
    with pytest.raises(ValidationError):
        Subject(slug=slug, name="Social studies").full_clean()
    with pytest.raises(NoReverseMatch):
        reverse("presence:subject", args=[slug])
    with pytest.raises(IntegrityError), transaction.atomic():
        Subject.objects.create(slug=slug[:40] if slug != "a" * 41 else "A", name="Social studies")


def test_the_admin_refuses_a_slug_without_sockets() -> None:
    root = User.objects.create_superuser("root", "root@example.com", "correct-horse-9")
    answers = {"name": "Social Studies", "slug": "Social_Studies", "position": "9"}
    page = browser(root).post("/admin/learning/subject/add/", answers).content.decode()
    assert "Use small letters from a to z" in page
    assert not Subject.objects.filter(name="Social Studies").exists()
