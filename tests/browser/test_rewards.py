"""The rewards page and its shop: phone and desktop, light and dark, in every theme."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.servers import Site
from tests.steps.browser import arrive, contrast

pytestmark = pytest.mark.browser
GIVE = """
from datetime import date, timedelta
from loops.core.rewards.grants import grant_reward
from loops.core.rewards.holds import hold_reward
from loops.core.rewards.redemptions import redeem_reward
from viral_engine.accounts.models import User
from viral_engine.kernel.clock import now
at, born = now(), date(2011, 5, 4)
user = User.objects.create_user("{name}", password="brightside-demo", first_name="{name}", birthdate=born)
for number in range({lots}):
    day = at - timedelta(days=number)
    grant_reward(user=user, kind="points", amount=500, reason="Finished a practice", key=f"{name}:{{number}}", at=day)
if {lots} > 1:
    for kind, amount in (("streak_shield", 2), ("class_pass", 1), ("ai_tutor_minutes", 30)):
        grant_reward(user=user, kind=kind, amount=amount, reason="Buddy Challenge", key=f"{name}:{{kind}}", at=at)
    redeem_reward(user=user, kind="streak_shield", amount=2, reason="Kept your streak", key="{name}:used", at=at)
    hold_reward(key="{name}:class_pass", why="review", at=at)
"""


def give(site: Site, name: str, lots: int) -> None:
    """Create a person without a history: `lots` times 500 points, and some of every reward."""
    site.ask(GIVE.format(name=name, lots=lots))


def test_a_shield_is_bought_in_a_sheet_and_a_double_tap_buys_one(
    site: Site, phone: Callable[[], Page], gallery: Path
) -> None:
    give(site, "cyra", 1)
    page = phone()
    arrive(page, site, "cyra", "/rewards/")
    page.get_by_role("link", name="300 points for Streak shield").click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_text("It costs 300 of your 500 points. You will have 200 left.")).to_be_visible()
    page.screenshot(path=gallery / "70-buy-phone.png", animations="disabled")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    page.get_by_role("link", name="300 points for Streak shield").click()
    sheet.get_by_role("button", name="Buy for 300 points").dblclick()
    expect(page.get_by_text("Streak shield: it is yours.")).to_be_visible()
    expect(page.locator("#holding-points b")).to_have_text("200")
    expect(page.locator("#holding-streak_shield b")).to_have_text("1")
    expect(page.get_by_text("100 more points: one practice earns 100")).to_be_visible()


def test_a_new_person_sees_what_to_do_on_the_smallest_phone(
    site: Site, phone: Callable[[], Page], gallery: Path
) -> None:
    page = phone()
    page.set_viewport_size({"width": 320, "height": 640})
    arrive(page, site, "ada", "/rewards/")
    expect(page.get_by_text("You have no points to spend yet.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.screenshot(path=gallery / "71-rewards-empty-320.png", full_page=True)


def test_a_theme_colors_the_site_and_every_theme_is_readable(
    site: Site, phone: Callable[[], Page], gallery: Path
) -> None:
    give(site, "deena", 3)
    page = phone()
    arrive(page, site, "deena", "/rewards/")
    violet = page.eval_on_selector(".topbar nav a[aria-current]", "node => getComputedStyle(node).backgroundColor")
    for theme in ("Ocean", "Forest", "Sunset"):
        page.locator(f"#look-{theme.lower()}").get_by_role("link").click()
        page.get_by_role("button", name="Buy for 200 points").click()
        expect(page.get_by_text(f"{theme} theme: it is yours.")).to_be_visible()
        expect(page.locator(f"#look-{theme.lower()}").get_by_text("On")).to_be_visible()
        now = page.eval_on_selector(".topbar nav a[aria-current]", "node => getComputedStyle(node).backgroundColor")
        assert now != violet
        readable(page, site, theme, gallery)
    page.locator("#look-violet").get_by_role("button").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "violet")


def readable(page: Page, site: Site, theme: str, gallery: Path) -> None:
    """Check WCAG 2.2 AA text contrast of links, buttons, highlights and the next-step card."""
    for dark in (False, True):
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.goto(site.url + "/rewards/")
        for selector in (".topbar nav a[aria-current]", ".muted", ".chip", ".button", "h1", "table .muted"):
            assert contrast(page, selector) >= 4.5, (theme, dark, selector)
        page.goto(site.url + "/")
        for selector in (".next p", ".next .button", ".card a:not(.button)"):
            assert contrast(page, selector) >= 4.5, (theme, dark, selector)
        if theme != "Forest":
            page.screenshot(path=gallery / f"72-home-{theme.lower()}-{'dark' if dark else 'light'}.png")
        page.goto(site.url + "/rewards/")
    page.emulate_media(color_scheme="light")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_renders_in_every_scheme_and_width(
    site: Site, chromium: Browser, gallery: Path, scheme: str, width: int
) -> None:
    name = f"ella{width}{scheme}"
    give(site, name, 2)
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    arrive(page, site, name, "/rewards/")
    expect(page.get_by_text("1 more after a quick check")).to_be_visible()
    expect(page.get_by_role("cell", name="used")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.screenshot(path=gallery / f"73-rewards-{width}-{scheme}.png", full_page=True)
    context.close()
