"""A live subject page: two people in their own browsers, on a site started like `make run`."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.servers import Site
from tests.steps.browser import log_in

pytestmark = pytest.mark.browser
SOON_MS = 1000


def arrive(page: Page, site: Site, username: str) -> None:
    page.goto(site.url + "/accounts/login/?next=/subjects/math/")
    log_in(page, username)
    expect(page.get_by_role("heading", name="Math", exact=True)).to_be_visible()


FRIENDS = """
from tests.factories import befriend
from viral_engine.accounts.models import User
befriend(*User.objects.filter(username__in=["ada", "bo"]))
print("friends")
"""


def pictures(page: Page, gallery: Path) -> None:
    """Save screenshots of the current page: phone and desktop, light and dark."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for name, width, height in (("phone", 390, 844), ("desktop", 1280, 900)):
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=gallery / f"30-subject-{name}-{scheme}.png", full_page=True)


def test_a_subject_page_shows_people_arrive_practice_and_leave(
    site: Site, phone: Callable[[], Page], gallery: Path
) -> None:
    site.ask(FRIENDS)  # a subject's page names friends alone
    ada, bo = phone(), phone()
    arrive(ada, site, "ada")
    here = ada.get_by_role("region", name="Who is here")
    expect(here.get_by_text("Other learners appear here when they join.")).to_be_visible()
    ada.screenshot(path=gallery / "29-subject-alone.png", full_page=True)

    arrive(bo, site, "bo")
    expect(here.get_by_role("listitem")).to_have_text(["YYou", "BBo"], timeout=SOON_MS)
    expect(here.get_by_text("Other learners appear here when they join.")).to_be_hidden()

    tab = bo.context.new_page()  # a second tab, in which bo practices
    tab.goto(site.url + "/subjects/math/")
    tab.locator("button.skill", has_text="Fractions").click()
    expect(here.get_by_role("listitem")).to_have_text(["YYou", "BBo: fractions"], timeout=SOON_MS)
    expect(ada.get_by_role("status").filter(has_text="practicing Math now")).to_be_visible(timeout=SOON_MS * 3)
    pictures(ada, gallery)

    bo.context.close()
    expect(here.get_by_role("listitem")).to_have_text(["YYou"], timeout=8000)


def test_a_subject_page_works_without_a_socket(site: Site, phone: Callable[[], Page]) -> None:
    """A proxy closes the socket: practice continues, and the page shows no error."""
    ada = phone()
    ada.route_web_socket("**/*", lambda socket: socket.close(code=3000, reason="in between"))
    arrive(ada, site, "ada")
    ada.locator("button.skill", has_text="Fractions").click()
    expect(ada.locator("legend.prompt")).to_be_visible()
