"""A child before a parent's consent: their pages work, and the console stays empty."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.servers import Site
from tests.steps.browser import arrive, play

pytestmark = pytest.mark.browser
SIGNED_UP = """
from datetime import date
from django.contrib.auth.hashers import make_password
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
User.objects.update_or_create(username="nova", defaults={"role": "student", "birthdate": date(now().year - 10, 1, 1),
    "grade": 4, "avatar": "mint", "password": make_password("brightside-demo"), "presence_visible": False,
    "feed_visible": False, "growth_prompts": False})
"""


def test_no_page_of_theirs_is_refused_anything(site: Site, phone: Callable[[], Page], gallery: Path) -> None:
    """The fixture `phone` fails the test for any error in the console, such as a 403 of a socket or a live page."""
    site.ask(SIGNED_UP)
    page = phone()
    refused: list[str] = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status in {401, 403} else None)
    page.on("websocket", lambda socket: refused.append(socket.url))
    arrive(page, site, "nova", "/")
    expect(page.get_by_text("Your parent has not said yes yet.")).to_be_visible()
    page.screenshot(path=gallery / "90-child-alone-home.png", full_page=True)
    for name in ("Practice", "Friends", "Boards", "Rewards", "Settings"):
        page.get_by_label("Main").get_by_role("link", name=name, exact=True).click()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=gallery / f"90-child-alone-{name.lower()}.png", full_page=True)
    page.goto(site.url + "/subjects/math/")
    page.locator("button.skill", has_text="Fractions").click()
    play(site, page, gallery, "90-child-alone", right=4)
    expect(page.locator("#after-result")).not_to_be_empty()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=gallery / "90-child-alone-result.png", full_page=True)
    assert refused == []
