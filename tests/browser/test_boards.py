"""Live boards: one person practices on a phone, and another's open board updates without a reload."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.servers import Site
from tests.steps.browser import arrive

pytestmark = pytest.mark.browser


def play(page: Page, site: Site) -> None:
    """Finish a practice, always with the first choice."""
    page.goto(f"{site.url}/subjects/math/")
    page.locator("button.skill", has_text="Algebra").click()
    for number in range(5):
        expect(page.locator("legend.prompt")).to_be_visible()
        page.keyboard.press("1")
        page.get_by_role("button", name="Check answer").click()
        if number < 4:
            page.get_by_role("link", name="Next question").click()
    page.get_by_role("button", name="See your result").click()
    page.wait_for_url("**/results/**")


def test_practice_updates_the_open_board_and_the_league(site: Site, phone: Callable[[], Page], gallery: Path) -> None:
    bo, lea = phone(), phone()
    arrive(bo, site, "bo", "/leaderboards/")
    expect(bo.get_by_role("heading", name="Boards")).to_be_visible()
    board = bo.locator("#board-math .week.xp")
    before = board.inner_text()
    arrive(lea, site, "lea", "/leaderboards/league/")
    expect(lea.get_by_role("heading", name="My league")).to_be_visible()
    lea.screenshot(path=gallery / "41-league-phone.png", full_page=True)
    play(lea, site)
    expect(board).not_to_have_text(before, timeout=3000, use_inner_text=True)
    bo.screenshot(path=gallery / "40-boards-phone.png", full_page=True)


def test_a_board_chosen_by_keyboard_is_kept_in_the_url(site: Site, phone: Callable[[], Page]) -> None:
    page = phone()
    arrive(page, site, "bo", "/leaderboards/")
    page.get_by_role("radio", name="XP").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", name="Math: Best average, this week")).to_be_visible()
    assert "metric=average" in page.url
    expect(page.get_by_role("radio", name="Best average")).to_be_focused()
    page.reload()
    expect(page.get_by_role("heading", name="Math: Best average, this week")).to_be_visible()
    expect(page.locator(".board > .panel:visible")).to_have_count(1)  # the chosen board alone
    page.get_by_label("Who").select_option("1-5")
    expect(page.get_by_text("Nobody is on this board yet")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
