"""Threats 22 and 35: the landing page and the card of a minor's link say nothing about who sent it."""

import struct

import pytest
from django.urls import reverse

from loops.core.links import token_for
from loops.models import Link
from tests.factories import browser, challenge_of, person
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db
PRIVATE = ("Ada", "Lovelace", "ada@example.com", ">ada<")


def chunks_of(png: bytes) -> list[str]:
    found, place = [], 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        found.append(png[place + 4 : place + 8].decode())
        place += 12 + length
    return found


def link_of_a_minor() -> Link:
    return challenge_of(person("Ada", age=15), Skill.objects.select_related("subject").get(slug="algebra"), now())


def test_t22_the_landing_page_of_a_minors_link_has_no_name(catalogue: None) -> None:
    link = link_of_a_minor()
    page = browser().get(f"/r/{token_for(link, 'link')}", follow=True)
    assert page.status_code == 200
    text = page.content.decode()
    assert [word for word in PRIVATE if word in text] == []
    assert "A friend" in text


def test_t35_the_card_has_no_metadata_is_not_indexed_and_ends_with_the_link(catalogue: None) -> None:
    link = link_of_a_minor()
    path = reverse("loops:card", args=[token_for(link, "card")])
    card = browser().get(path)
    assert (card.status_code, card["Content-Type"], card["X-Robots-Tag"]) == (200, "image/png", "noindex")
    assert set(chunks_of(card.content)) <= {"IHDR", "PLTE", "tRNS", "IDAT", "IEND", "pHYs"}
    assert b"Ada" not in card.content
    Link.objects.filter(pk=link.pk).update(deactivated_at=now())
    assert browser().get(path).status_code == 410
    assert browser().get(path.replace(link.code, "AAAAAAAA")).status_code == 404
