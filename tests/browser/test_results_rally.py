"""A rally as its starter and a guest see it: the offer, the board, the diagnostic and the live update."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.servers import Site
from tests.steps.browser import SOON_MS, answer, arrive, grave_findings, portraits

pytestmark = pytest.mark.browser
TESTED = """
from datetime import timedelta
from tests.factories import take_test
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
from viral_engine.learning.models import Subject
ada, math = User.objects.get(username="ada"), Subject.objects.get(slug="math")
print(take_test(ada, math, right=15, at=now() - timedelta(minutes=10)).pk)
"""


def test_a_stranger_joins_a_rally_and_its_starter_sees_it(
    site: Site, phone: Callable[[], Page], gallery: Path, npm_packages: Path
) -> None:
    ada, stranger = phone(), phone()
    arrive(ada, site, "ada", f"/results/{site.ask(TESTED)}/")
    offer = ada.get_by_role("dialog", name="See how you and your friends compare")
    expect(offer).to_be_visible()
    expect(offer.get_by_role("img")).to_have_js_property("naturalWidth", 1200)
    ada.wait_for_timeout(400)  # the sheet's animation has ended; only the screenshot needs this
    ada.screenshot(path=gallery / "70-rally-offer-phone.png")
    link = offer.get_by_label("Or copy the link yourself").input_value()
    offer.get_by_role("button", name="Not now").click()
    ada.get_by_role("link", name="See the live board").click()
    expect(ada.get_by_text("0 joined through the link")).to_be_visible()
    portraits(ada, gallery, "rally-own")
    assert grave_findings(ada, npm_packages) == []

    stranger.goto(link)
    expect(stranger.get_by_role("heading", name="Where do you rank?")).to_be_visible()
    portraits(stranger, gallery, "rally-stranger")
    for scheme in ("light", "dark"):
        stranger.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert grave_findings(stranger, npm_packages) == []
    board = stranger.url
    stranger.get_by_role("button", name="Find my level").click()
    for number in range(1, 21):
        answer(stranger, number)
    stranger.get_by_role("button", name="See your result").click()
    expect(ada.get_by_text("1 joined through the link")).to_be_visible(timeout=SOON_MS)
    ada.screenshot(path=gallery / "70-rally-own-moved-phone.png", full_page=True)

    expect(stranger.get_by_text("You are on the board: number")).to_be_visible()
    stranger.screenshot(path=gallery / "70-rally-guest-result-phone.png", full_page=True)
    stranger.goto(board)
    expect(stranger.locator(".place.me .chip")).to_have_text("you")
    portraits(stranger, gallery, "rally-joined")
    stranger.get_by_role("link", name="Sign up and keep your place").click()
    expect(stranger.get_by_label("Month")).to_be_visible()
