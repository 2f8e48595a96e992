"""Two people in two browsers: one acts, the other's page updates within a second. And accessibility of every page."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.servers import Site
from tests.steps.browser import SOON_MS, arrive, grave_findings, solution

pytestmark = pytest.mark.browser
PAGES = (
    "/",
    "/feed/",
    "/cohorts/",
    "/friends/",
    "/leaderboards/",
    "/leaderboards/league/",
    "/subjects/math/",
    "/rewards/",
)


def live(page: Page) -> None:
    """Wait until the page's sockets are open: the head count of the cohort comes only through them."""
    expect(page.locator("p.live").filter(has_text="Comets")).to_be_visible(timeout=5000)


def test_chat_reaches_the_other_browser_and_a_refused_message_stays_in_the_form(
    site: Site, phone: Callable[[], Page], gallery: Path
) -> None:
    hana, ivo = phone(), phone()
    for page, name in ((hana, "hana"), (ivo, "ivo")):
        arrive(page, site, name, "/cohorts/")
        live(page)
    line = ivo.get_by_label("Message to the cohort")
    line.fill("Who plays fractions?")
    line.press("Enter")
    expect(hana.locator("#chat").get_by_text("Who plays fractions?")).to_be_visible(timeout=SOON_MS)
    expect(ivo.locator("#chat").get_by_text("Who plays fractions?")).to_have_count(1)
    expect(line).to_have_value("")
    expect(line).to_be_focused()
    line.fill("write to ivo@example.com")
    line.press("Enter")
    expect(ivo.get_by_role("alert")).to_contain_text("Leave out the e-mail address")
    expect(line).to_have_value("write to ivo@example.com")
    hana.get_by_label("Skill").select_option("Percentages")
    hana.get_by_role("button", name="Challenge everybody").click()
    expect(ivo.get_by_role("heading", name="Percentages")).to_be_visible(timeout=SOON_MS * 3)
    for page, name in ((hana, "hana"), (ivo, "ivo")):
        page.screenshot(path=gallery / f"40-cohort-{name}.png", full_page=True)


def test_practice_and_a_reaction_reach_an_open_feed(site: Site, phone: Callable[[], Page], gallery: Path) -> None:
    june, kai = phone(), phone()
    arrive(june, site, "june", "/feed/")
    live(june)
    arrive(kai, site, "kai", "/subjects/reading/")
    kai.locator("button.skill", has_text="Main Idea").click()
    for number in range(5):
        expect(kai.locator("legend.prompt")).to_be_visible()
        kai.keyboard.press(str(solution(site, kai) + 1))
        kai.get_by_role("button", name="Check answer").click()
        if number < 4:
            kai.get_by_role("link", name="Next question").click()
    kai.get_by_role("button", name="See your result").click()
    item = june.locator("#stream > li").first
    expect(item).to_contain_text("Kai E. practiced Main Idea", timeout=SOON_MS * 2)
    kai.goto(site.url + "/feed/")
    live(kai)
    own = kai.locator("#stream > li").first
    expect(own.get_by_role("button", name="Challenge back")).to_be_hidden()
    item.get_by_role("button", name="Well done").click()
    expect(own.get_by_role("button", name="Well done, 1")).to_be_visible(timeout=SOON_MS)
    june.screenshot(path=gallery / "41-feed.png", full_page=False)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(
    site: Site, phone: Callable[[], Page], gallery: Path, npm_packages: Path, scheme: str
) -> None:
    """axe finds nothing serious on phone and desktop; nothing scrolls sideways at 320 px."""
    page = phone()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    arrive(page, site, "lea", "/")
    for path in PAGES:
        name = path.strip("/").replace("/", "-") or "home"
        for size, width, height in (("desktop", 1280, 900), ("phone", 390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            page.goto(site.url + path)
            page.wait_for_timeout(600)  # lazy parts and the first fragments of the socket
            page.screenshot(path=gallery / f"50-{name}-{size}-{scheme}.png", full_page=True)
            assert grave_findings(page, npm_packages) == [], f"{path} on a {size}"
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
