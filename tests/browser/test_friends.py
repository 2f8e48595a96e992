"""Friends and home page in browsers: two people find each other and see each other's actions without a reload."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.servers import Site, empty_database, running_site
from tests.steps.browser import contrast, log_in

pytestmark = pytest.mark.browser
SOON_MS = 1000
SIZES = (("phone", 390, 844), ("small", 320, 640), ("desktop", 1280, 900))


def arrive(page: Page, site: Site, username: str, path: str = "/friends/") -> None:
    page.goto(f"{site.url}/accounts/login/?next={path}")
    log_in(page, username)
    page.wait_for_url(f"**{path}")


def pictures(page: Page, gallery: Path, name: str) -> None:
    """Save screenshots of phone, smallest phone and desktop, light and dark; nothing scrolls sideways."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for size, width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth") == width
            page.screenshot(path=gallery / f"{name}-{size}-{scheme}.png", full_page=True)
    page.emulate_media(color_scheme="light")


@pytest.fixture(scope="module")
def alive(tmp_path_factory: pytest.TempPathFactory, seeded_database: str) -> Iterator[Site]:
    """A separate site with simulated peers."""
    with (
        empty_database(tmp_path_factory.mktemp("alive"), "browser_alive", seeded_database) as url,
        running_site(url, FEATURE_SIMULATED_PEERS="true") as running,
    ):
        yield running


def test_two_people_become_friends_on_open_pages(site: Site, phone: Callable[[], Page], gallery: Path) -> None:
    hana, ivo = phone(), phone()
    arrive(hana, site, "hana")
    expect(hana.get_by_text("No friends here yet.")).to_be_visible()
    pictures(hana, gallery, "50-friends-first-day")
    arrive(ivo, site, "ivo")
    hana.get_by_label("Their username").fill("nobody-of-this-name")
    hana.get_by_role("button", name="Search").click()
    expect(hana.get_by_role("alert")).to_contain_text("Check the spelling, or send them your invite link.")
    hana.get_by_label("Their username").fill("ivo")
    hana.get_by_role("button", name="Search").click()
    hana.get_by_role("button", name="Ask to be friends").click()
    expect(hana.get_by_role("region", name="You asked").get_by_text("waiting for an answer")).to_be_visible()

    asking = ivo.get_by_role("region", name="People who want to be friends")  # the open page, not reloaded
    expect(asking.get_by_text("Hana E.")).to_be_visible(timeout=SOON_MS)
    expect(ivo.get_by_text("Hana wants to be friends with you.")).to_be_visible(timeout=SOON_MS)
    ivo.screenshot(path=gallery / "51-asked.png", full_page=True)
    asking.get_by_role("button", name="Accept").click()
    expect(ivo.get_by_role("region", name="Your friends").get_by_text("online")).to_be_visible()

    mine = hana.get_by_role("region", name="Your friends")
    expect(mine.get_by_text("Ivo E.")).to_be_visible(timeout=SOON_MS)
    expect(mine.get_by_text("online")).to_be_visible(timeout=SOON_MS * 3)
    tab = ivo.context.new_page()
    tab.goto(site.url)
    tab.locator("button.skill", has_text="Fractions").click()
    expect(mine.get_by_text("practicing fractions")).to_be_visible(timeout=SOON_MS)
    mine.get_by_text("More").click()
    hana.screenshot(path=gallery / "52-friend-more.png", full_page=True)
    mine.get_by_role("button", name="End friendship").click()
    expect(hana.get_by_text("No friends here yet.")).to_be_visible()
    expect(ivo.get_by_text("No friends here yet.")).to_be_visible(timeout=SOON_MS)


def test_an_invite_link_is_copied_and_opened(site: Site, phone: Callable[[], Page], gallery: Path) -> None:
    june, kai = phone(), phone()
    arrive(june, site, "june")
    june.context.grant_permissions(["clipboard-read", "clipboard-write"])
    june.get_by_role("button", name="Copy link").click()
    expect(june.get_by_text("Copied. Paste it to a friend.")).to_be_visible()
    link = june.get_by_label("Your link").input_value()
    kai.goto(link)
    expect(kai.get_by_role("heading", name="A friend invites you")).to_be_visible()
    kai.screenshot(path=gallery / "53-invite-stranger.png")
    kai.get_by_role("link", name="I have an account").click()
    log_in(kai, "kai")
    expect(kai.get_by_role("heading", name="June E. invites you")).to_be_visible()
    kai.screenshot(path=gallery / "53-invite.png")
    kai.get_by_role("button", name="Become friends").click()
    expect(kai.get_by_role("region", name="Your friends").get_by_text("June E.")).to_be_visible()
    expect(june.get_by_text("Kai is now your friend.")).to_be_visible(timeout=SOON_MS)


def test_the_home_page_on_the_first_day(site: Site, phone: Callable[[], Page], gallery: Path) -> None:
    page = phone()
    arrive(page, site, "ada", "/")
    expect(page.get_by_role("button", name="Start five questions")).to_be_visible()
    expect(page.locator("#live-site")).to_contain_text("learners here now")
    pictures(page, gallery, "54-home-first-day")


def test_home_and_friends_show_simulated_peers_live(alive: Site, phone: Callable[[], Page], gallery: Path) -> None:
    page = phone()
    arrive(page, alive, "ada", "/")
    expect(page.get_by_text("One person wants to be friends with you")).to_be_visible()
    friends = page.get_by_role("region", name="Who is here").get_by_role("listitem")
    expect(friends.filter(has_text="(sim)")).to_have_count(2, timeout=20_000)
    expect(page.locator("#live-site")).to_contain_text("practicing", timeout=20_000)
    pictures(page, gallery, "55-home-alive")
    assert contrast(page, "section.next p") >= 4.5
    page.goto(alive.url + "/friends/")
    expect(page.locator("[data-online]:visible")).to_have_count(2, timeout=20_000)
    pictures(page, gallery, "56-friends")
    page.emulate_media(color_scheme="dark")
    assert contrast(page, "[data-online]") >= 4.5
