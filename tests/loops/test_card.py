from datetime import datetime
from io import BytesIO

import pytest
import time_machine
from PIL import Image

from loops.media.card import CardText, draw_challenge_card
from loops.services.links import token_for
from tests.loops.test_links import challenge_of
from tests.people import browser, person
from viral_engine.learning.models import Skill


def opened(png: bytes) -> Image.Image:
    image = Image.open(BytesIO(png))
    image.load()
    return image


def test_a_card_is_1200_by_630_png_without_metadata() -> None:
    image = opened(draw_challenge_card(CardText("A friend", 80, "Algebra", "Brightside")))
    assert (image.format, image.size, image.info, dict(image.getexif())) == ("PNG", (1200, 630), {}, {})


def test_every_field_is_on_the_card_and_accents_are_drawn() -> None:
    base = CardText("Zoe", 80, "Algebra", "Brightside")
    others = [
        CardText("Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}", 80, "Algebra", "Brightside"),
        CardText("Zoe", 60, "Algebra", "Brightside"),
        CardText("Zoe", 80, "Geometry", "Brightside"),
        CardText("Zoe", 80, "Algebra", "Other"),
    ]
    pictures = {draw_challenge_card(text) for text in (base, *others)}
    assert len(pictures) == 5


def test_endless_and_odd_text_is_cut() -> None:
    wild = CardText("x" * 10_000 + "\n\x00", 100, "\u202e" * 50 + "Algebra", "s")
    assert opened(draw_challenge_card(wild)).size == (1200, 630)


@pytest.mark.django_db
def test_the_card_is_served_cached_and_not_indexed(algebra: Skill, at: datetime) -> None:
    link = challenge_of(person("Ada", at=at), algebra, at)
    with time_machine.travel(at, tick=False):
        first, second = (browser().get(f"/cards/{token_for(link, 'card')}.png") for _ in range(2))
    assert (first.status_code, first["Content-Type"], first["X-Robots-Tag"]) == (200, "image/png", "noindex")
    assert first["Cache-Control"] == "public, max-age=600"
    assert first.content == second.content
