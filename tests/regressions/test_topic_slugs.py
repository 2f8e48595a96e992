"""A subject that has a page has sockets: one rule for the model, the address and the topic."""

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.urls import NoReverseMatch, reverse

from presence.live_pages.base import page_for
from presence.rooms.base import room_for
from tests.factories import browser, person
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


@pytest.mark.django_db(transaction=True)
def test_slugs_from_before_are_folded_and_people_follow() -> None:
    call_command("migrate", "learning", "0001", verbosity=0)
    try:
        with connection.cursor() as cursor:
            for pk, slug in ((901, "social-studies"), (902, "Social_Studies")):
                cursor.execute(
                    "INSERT INTO learning_subject (id, slug, name, position) VALUES (%s, %s, 'Studies', 0)", [pk, slug]
                )
        ada = person("Ada", current_subject="Social_Studies")
    finally:
        call_command("migrate", verbosity=0)
    assert dict(Subject.objects.filter(pk__gt=900).values_list("pk", "slug")) == {
        901: "social-studies",
        902: "social-studies-2",
    }
    ada.refresh_from_db()
    assert ada.current_subject == "social-studies-2"
