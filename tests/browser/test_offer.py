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
    with page.expect_response("**/sent/") as sent:
        offer.get_by_text("Show a QR code").click()
    assert sent.value.ok
    expect(offer.get_by_role("img", name="QR code of your link")).to_be_visible()
    expect(offer.get_by_role("status")).to_have_text("Ask a friend to point their phone's camera at the code.")
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=gallery / f"33-offer-qr-{scheme}.png")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    for _ in range(2):  # closing and opening it again is no second invite
        offer.get_by_text("Show a QR code").click()
    assert [one for one in requests if one.endswith("/sent/")] == []
    with page.expect_response("**/dismiss/"):
        page.keyboard.press("Escape")
    expect(offer).to_be_hidden()
    page.screenshot(path=gallery / "33-result.png", full_page=True)
    page.reload()
    expect(page.get_by_role("button", name="Challenge a friend")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
