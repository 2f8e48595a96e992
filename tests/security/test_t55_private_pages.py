"""Threat 55: a cache between us and a signed-in person keeps nothing of what they see."""

import pytest

from tests.consent_matrix import path_of_route, routes, world
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db


def test_no_page_of_a_signed_in_person_may_be_kept(algebra: Skill) -> None:
    people = world(algebra, now())
    client = people.clients()["teen"]
    kept = {}
    for route in routes():
        response = client.get(path_of_route(route, people.arguments))
        if "no-store" not in response.headers.get("Cache-Control", ""):
            kept[route.name] = response.headers.get("Cache-Control", "")
    assert kept == {}


def test_pages_differ_by_cookie(algebra: Skill) -> None:
    client = world(algebra, now()).clients()["teen"]
    assert {path: "Cookie" in client.get(path).headers.get("Vary", "") for path in ("/", "/settings/", "/feed/")} == {
        "/": True,
        "/settings/": True,
        "/feed/": True,
    }
