import re
from datetime import datetime
from io import BytesIO

import pytest
import time_machine
from django.core.cache import cache
from PIL import Image
from pytest_django import Settings

from experiments.services.assignment import Variant
from loops.core.links import card_key, create_link, forget_cards, token_for
from tests.factories import browser, challenge_of, person
from viral_engine.learning.models import Skill


@pytest.mark.django_db
def test_the_card_is_served_cached_and_not_indexed(algebra: Skill, at: datetime) -> None:
    link = challenge_of(person("Ada", at=at), algebra, at)
    with time_machine.travel(at, tick=False):
        first, second = (browser().get(f"/cards/{token_for(link, 'card')}.png") for _ in range(2))
    assert (first.status_code, first["Content-Type"], first["X-Robots-Tag"]) == (200, "image/png", "noindex")
    assert first["Cache-Control"] == "public, max-age=600"
    assert first.content == second.content


@pytest.mark.django_db
def test_a_card_has_the_design_of_its_arm(algebra: Skill, at: datetime) -> None:
    ada = person("Ada", at=at)
    night = Variant("card_design", "night", {"design": "night"}, is_enrolled=True)
    links = [
        create_link(loop_name="buddy_challenge", referrer=ada, at=at, arms=arms)
        for arms in (
            [],
            [Variant("reward_amounts", params={"shields": 2}), night],
            [Variant("x", params={"design": 3})],
        )
    ]
    assert [link.card_design for link in links] == ["bright", "night", "bright"]


@pytest.mark.django_db
def test_a_story_is_cached_beside_its_card_and_forgotten_with_it(
    algebra: Skill, at: datetime, settings: Settings
) -> None:
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {alias: {"BACKEND": backend, "LOCATION": alias} for alias in settings.CACHES}
    link = challenge_of(person("Ada", at=at), algebra, at)
    token = token_for(link, "card")
    with time_machine.travel(at, tick=False):
        sizes = [
            Image.open(BytesIO(browser().get(f"/cards/{token}{end}").content)).size for end in (".png", "/story.png")
        ]
    assert sizes == [(1200, 630), (1080, 1920)]
    keys = [card_key(link.code, is_story=story) for story in (False, True)]
    assert len(cache.get_many(keys)) == 2
    forget_cards([link.code])
    assert cache.get_many(keys) == {}


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_the_copy_kit_shows_every_design_of_every_loop_to_staff_alone() -> None:
    at_staff = browser(person("Root", is_staff=True, is_superuser=True))
    page = at_staff.get("/loops/copy-kit/").content.decode()
    shown = set(re.findall(r'src="(/loops/copy-kit/[^"]+)"', page))
    assert len(shown) == 7 * 3 * 2
    address = "/loops/copy-kit/streak_rescue/paper/story.png"
    assert address in shown
    assert Image.open(BytesIO(at_staff.get(address).content)).size == (1080, 1920)
    assert at_staff.get("/loops/copy-kit/streak_rescue/neon/story.png").status_code == 404
    assert browser(person("Ada")).get(address).status_code == 404
