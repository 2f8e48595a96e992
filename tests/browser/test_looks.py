"""What only a rendered page tells: names, edges, contrast, boxes in line."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.browser.test_buddy_challenge import log_in
from tests.served import Site

pytestmark = pytest.mark.browser


def box(locator: Locator) -> FloatRect:
    found = locator.bounding_box()
    assert found is not None
    return found


def luminance(color: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(page: Page, selector: str) -> float:
    """WCAG 2.2 contrast of an element's text against the nearest painted background."""
    ink, paper = page.eval_on_selector(
        selector,
        """node => {
            const ink = getComputedStyle(node).color;
            while (getComputedStyle(node).backgroundColor === "rgba(0, 0, 0, 0)") node = node.parentElement;
            return [ink, getComputedStyle(node).backgroundColor];
        }""",
    )
    bright, dark = sorted((luminance(ink), luminance(paper)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/signup/", "/accounts/password/reset/"])
def test_a_stranger_on_the_smallest_phone_never_scrolls_sideways(
    site: Site, phone: Callable[[], Page], path: str
) -> None:
    page = phone()
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(site.url + path)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    expect(page.get_by_role("link", name="Brightside Tutoring")).to_be_visible()


def test_the_logo_has_a_name_on_a_learners_phone(site: Site, phone: Callable[[], Page]) -> None:
    page = phone()
    page.goto(site.url + "/accounts/login/")
    log_in(page, "gus")
    expect(page.get_by_role("link", name="Brightside Tutoring")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_mistakes_are_readable_and_edged_in_red(
    site: Site, phone: Callable[[], Page], gallery: Path, scheme: str
) -> None:
    page = phone()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(site.url + "/accounts/login/")
    page.get_by_label("Username or e-mail").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.locator(".note.bad .errorlist")).to_be_visible()
    assert contrast(page, ".note.bad .errorlist") >= 4.5
    page.screenshot(path=gallery / f"40-log-in-{scheme}.png")
    page.goto(site.url + "/signup/")
    page.get_by_label("Month").select_option("February")
    page.get_by_label("Day").fill("30")
    page.get_by_label("Year").fill("2010")
    page.get_by_role("button", name="Go on").click()
    day, month = page.get_by_label("Day"), page.get_by_label("Month")
    expect(day).to_have_attribute("aria-invalid", "true")
    edges = [field.evaluate("node => getComputedStyle(node).borderTopColor") for field in (day, month)]
    assert edges[0] != edges[1]
    assert contrast(page, ".birthday .error") >= 4.5
    page.screenshot(path=gallery / f"41-birthday-{scheme}.png")


def test_birthday_boxes_stay_in_line_when_one_is_wrong(site: Site, phone: Callable[[], Page]) -> None:
    page = phone()
    page.goto(site.url + "/signup/")
    page.get_by_label("Year").fill("2010")
    page.get_by_role("button", name="Go on").click()
    tops = {box(page.get_by_label(name))["y"] for name in ("Month", "Day", "Year")}
    assert len(tops) == 1


def test_the_first_label_keeps_its_distance_from_the_tabs(site: Site, phone: Callable[[], Page], gallery: Path) -> None:
    page = phone()
    page.goto(site.url + "/signup/?next=/practice/")
    page.get_by_label("Month").select_option("May")
    page.get_by_label("Day").fill("4")
    page.get_by_label("Year").fill("1984")
    page.get_by_role("button", name="Go on").click()
    tabs, label = box(page.locator(".tabs")), box(page.get_by_text("First name"))
    assert label["y"] - (tabs["y"] + tabs["height"]) >= 12
    expect(page.get_by_text("You told us your birthday is 4 May 1984.")).to_be_visible()
    page.screenshot(path=gallery / "42-sign-up.png", full_page=True)
