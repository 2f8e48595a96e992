"""After log-in or sign-up people return to the page they came from, never to a POST-only address."""

from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from loops.core.links import token_for
from tests.factories import browser, challenge_of, child, person
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Skill

pytestmark = pytest.mark.django_db
LOG_IN = {"login": "ada", "password": "correct-horse-9"}


def log_in_through(client: Client, pressed: str) -> str:
    """Press a button as a stranger, log in where that leads, and return where the log-in leads."""
    asked = client.post(pressed)
    assert asked.status_code == 302
    page: str = asked.url  # type: ignore[attr-defined]
    assert page.startswith("/accounts/login/?next=")
    back = parse_qs(urlsplit(page).query)["next"][0]
    answer = client.post("/accounts/login/", LOG_IN | {"next": back})
    assert answer.url == back  # type: ignore[attr-defined]
    return back


@pytest.mark.parametrize("button", ["start", "challenge", "share", "dismiss"])
def test_a_stranger_who_pressed_a_button_comes_back_to_a_page(algebra: Skill, at: datetime, button: str) -> None:
    ada = person("Ada")
    link = challenge_of(ada, algebra, at)
    paths = {
        "start": "/practice/start/algebra/",
        "challenge": f"/loops/challenge/{link.challenge.attempt_id}/",
        "share": f"/loops/share/{link.code}/sent/",
        "dismiss": "/loops/prompts/1/dismiss/",
    }
    client = browser()
    assert client.get(log_in_through(client, paths[button])).status_code == 200


def test_the_sign_up_offered_in_mid_practice_leads_back_to_the_question(algebra: Skill) -> None:
    client = browser()
    link = challenge_of(person("Ada"), algebra, now())
    attempt_url: str = client.post(f"/challenge/{token_for(link, 'challenge')}/play").url  # type: ignore[attr-defined]
    for position in range(3):
        page = client.post(f"{attempt_url}answer/", {"position": position, "choice": 0}).content.decode()
    assert f'href="/signup/?next={attempt_url}"' in page


def test_the_address_of_a_button_is_a_page_of_the_house_for_people_and_bare_for_programs() -> None:
    kid = child("Comet")
    client = browser(person("Ada"))
    for path in ("/practice/start/algebra/", f"/loops/share/{kid.pk}/sent/"):
        page = client.get(path, headers={"accept": "text/html,*/*;q=0.8"})
        assert (page.status_code, page["Allow"]) == (405, "POST")
        assert "This address belongs to a button" in page.content.decode()
        assert client.get(path, headers={"accept": "application/json"}).content == b""
