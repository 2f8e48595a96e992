"""Checks that need a rendered page: names, borders, contrast, alignment."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.servers import Site
from tests.steps.browser import contrast, log_in

pytestmark = pytest.mark.browser


def box(locator: Locator) -> FloatRect:
    found = locator.bounding_box()
    assert found is not None
    return found


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/signup/", "/accounts/password/reset/"])
def test_public_pages_fit_the_smallest_phone(site: Site, phone: Callable[[], Page], path: str) -> None:
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
def test_form_errors_are_readable_and_outlined_in_red(
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
    page.get_by_role("button", name="Continue").click()
    day, month = page.get_by_label("Day"), page.get_by_label("Month")
    expect(day).to_have_attribute("aria-invalid", "true")
    edges = [field.evaluate("node => getComputedStyle(node).borderTopColor") for field in (day, month)]
    assert edges[0] != edges[1]
    assert contrast(page, ".birthday .error") >= 4.5
    page.screenshot(path=gallery / f"41-birthday-{scheme}.png")


def test_birthday_fields_stay_aligned_with_an_error(site: Site, phone: Callable[[], Page]) -> None:
    page = phone()
    page.goto(site.url + "/signup/")
    page.get_by_label("Year").fill("2010")
    page.get_by_role("button", name="Continue").click()
    tops = {box(page.get_by_label(name))["y"] for name in ("Month", "Day", "Year")}
    assert len(tops) == 1


def test_the_first_label_keeps_its_distance_from_the_tabs(site: Site, phone: Callable[[], Page], gallery: Path) -> None:
    page = phone()
    page.goto(site.url + "/signup/?next=/practice/")
    page.get_by_label("Month").select_option("May")
    page.get_by_label("Day").fill("4")
    page.get_by_label("Year").fill("1984")
    page.get_by_role("button", name="Continue").click()
    tabs, label = box(page.locator(".tabs")), box(page.get_by_text("First name"))
    assert label["y"] - (tabs["y"] + tabs["height"]) >= 12
    expect(page.get_by_text("You entered 4 May 1984 as your birthday.")).to_be_visible()
    page.screenshot(path=gallery / "42-sign-up.png", full_page=True)
