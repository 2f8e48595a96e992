"""The offer dialog: dismissing it, and its layout on a small screen."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.servers import Site
from tests.steps.browser import log_in, play

pytestmark = pytest.mark.browser


def test_escape_dismisses_the_offer_permanently(site: Site, phone: Callable[[], Page], gallery: Path) -> None:
    page = phone()
    page.goto(site.url + "/accounts/login/")
    log_in(page, "fay")
    page.locator("button.skill", has_text="Geometry").click()
    play(site, page, gallery, "33-fay", right=4)
    offer = page.get_by_role("dialog", name="Dare a friend")
    expect(offer).to_be_visible()
    page.wait_for_timeout(400)  # the sheet's animation has ended
    channels = offer.locator(".channel:visible")
    places = [channel.bounding_box() for channel in channels.all()]
    grid = offer.locator(".channels").bounding_box()
    assert grid is not None
    rights = [place["x"] + place["width"] for place in places if place]
    assert (len({place["y"] for place in places if place}), max(rights)) == (1, grid["x"] + grid["width"])  # no gap
    offer.get_by_text("Why did I see this?").click()
    page.screenshot(path=gallery / "33-offer.png")
    with page.expect_response("**/dismiss/"):
        page.keyboard.press("Escape")
    expect(offer).to_be_hidden()
    page.screenshot(path=gallery / "33-result.png", full_page=True)
    page.reload()
    expect(page.get_by_role("button", name="Challenge a friend")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
